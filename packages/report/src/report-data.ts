import type { RunCurves, RunView } from '@ashlar/ui'
import type { PlotImage } from './plots/plot.ts'

/** Everything that a page says about a run, and the drawings that go with it. */
export interface ReportData {
  readonly view: RunView
  readonly curves: RunCurves
  /** Curves, then confusion and calibration. */
  readonly plots: readonly PlotImage[]
  /** How data goes through the model; undefined for one that cannot be captured. */
  readonly diagram: PlotImage | undefined
  /** Whether all of this is what the run recorded: neither its model was built nor its data read. */
  readonly stored: boolean
}
