import { type CurveView, PLAIN } from '../components/curve-view.ts'
import type { Axis } from '../data/axis.ts'

const AXES: readonly string[] = ['step', 'epoch', 'time'] satisfies Axis[]

/** How curves are looked at, as an address has it; it may say anything. */
export function readCurveView(query: URLSearchParams): CurveView {
  const smoothing = Number(query.get('smoothing') ?? 0)
  const axis = query.get('over')
  return {
    smoothing: smoothing > 0 ? Math.min(0.99, smoothing) : 0,
    logX: query.has('log-x'),
    logY: query.has('log-y'),
    withoutOutliers: query.has('no-outliers'),
    axis: axis !== null && AXES.includes(axis) ? (axis as Axis) : PLAIN.axis,
  }
}

/** Puts it into an address: what is plain is left out. */
export function writeCurveView(view: CurveView, query: URLSearchParams): void {
  const { smoothing, logX, logY, withoutOutliers, axis } = view
  put(query, 'smoothing', smoothing > 0 && String(smoothing))
  put(query, 'over', axis !== PLAIN.axis && axis)
  put(query, 'log-x', logX && '1')
  put(query, 'log-y', logY && '1')
  put(query, 'no-outliers', withoutOutliers && '1')
}

/** Sets what an address says, or takes it away. */
export function put(query: URLSearchParams, key: string, value: string | false): void {
  if (value === false || value === '') query.delete(key)
  else query.set(key, value)
}
