import type { LayerTimes, Summary } from '@ashlar/core'
import type { EvaluationReport, TrainedRun } from '@ashlar/experiment'
import type { RunNotes } from '@ashlar/experiment/runs'
import type { FirstFilters } from '../filters.ts'
import type { Mistake } from '../mistakes.ts'
import type { PlotImage } from '../plots/plot.ts'
import type { VerificationTable } from '../verification.ts'

/** Everything that a page says about a run. */
export interface ReportData {
  readonly name: string
  readonly summary: TrainedRun['summary']
  readonly notes: RunNotes
  /** Curves, then confusion and calibration. */
  readonly plots: readonly PlotImage[]
  /** Undefined for a run that recorded none, and whose model is not to be built. */
  readonly evaluation: EvaluationReport | undefined
  /** The same for every output, of a model that names them. */
  readonly outputs?: Readonly<Record<string, EvaluationReport>> | undefined
  readonly mistakes: readonly Mistake[]
  readonly filters: FirstFilters | undefined
  readonly model: Summary | undefined
  /** Undefined for a model that has no meaning in ONNX. */
  readonly times: LayerTimes | undefined
  /** How data goes through the model; undefined for one that cannot be captured. */
  readonly diagram: PlotImage | undefined
  /** Undefined for a run that was not exported. */
  readonly verification: VerificationTable | undefined
  /** The resolved experiment, as YAML. */
  readonly config: string
  /** Whether all of this is what the run recorded: neither its model was built nor its data read. */
  readonly stored: boolean
}
