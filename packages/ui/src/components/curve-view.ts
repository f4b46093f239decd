import type { Axis } from '../data/axis.ts'
import type { View } from './chart.ts'

/** How curves are looked at, but for the part that is zoomed into. */
export interface CurveView extends Omit<View, 'window'> {
  readonly axis: Axis
}

/** As they were logged. */
export const PLAIN: CurveView = {
  ...{ smoothing: 0, logX: false, logY: false, withoutOutliers: false, axis: 'step' },
}
