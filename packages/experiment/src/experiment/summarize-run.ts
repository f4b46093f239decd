import type { History, LeftOut, Metrics } from '@ashlar/core'
import type { Experiment } from '../config/schema.ts'
import { environment } from '../runs/environment.ts'
import { keptLeftOut } from '../runs/left-out.ts'
import type { RunSummary } from '../runs/run-summary.ts'
import type { SourceState } from '../runs/source-state.ts'
import type { ExperimentParts } from './build.ts'

/** What a summary is made of. */
export interface SummaryParts {
  readonly experiment: Experiment
  readonly parts: ExperimentParts
  readonly began: Date
  /** Of the dataset. */
  readonly digest: string
  readonly leftOut?: readonly LeftOut[] | undefined
  /** In an epoch. */
  readonly samples: number
  readonly source: SourceState | undefined
  /** Undefined when training did not begin. */
  readonly history: History | undefined
  /** What went wrong, in training or after it. */
  readonly failure?: string | undefined
  readonly test?: Metrics | undefined
}

/** Says what a run came to, here and now. */
export function summarizeRun(given: SummaryParts): RunSummary {
  const { experiment, parts, history, failure, samples } = given
  const { model, engine, dataset } = parts
  return {
    name: experiment.name,
    outcome: failure === undefined ? (history?.outcome ?? 'failed') : 'failed',
    reason: failure ?? history?.reason,
    began: given.began.toISOString(),
    seed: experiment.seed,
    engine: engine.name,
    dataset: { name: dataset.info.name, digest: given.digest, ...keptLeftOut(given.leftOut) },
    parameters: model.namedWeights().reduce((sum, { variable }) => sum + variable.size, 0),
    samples,
    steps: history?.steps ?? 0,
    seconds: history?.seconds ?? 0,
    samplesPerSecond: rate(history, experiment, samples),
    earlier: history?.earlier,
    training: history?.epochs.at(-1)?.metrics ?? {},
    test: given.test,
    environment: environment(),
    source: given.source,
  }
}

function rate(history: History | undefined, { batchSize }: Experiment, samples: number): number {
  if (history === undefined || history.seconds === 0) return 0
  const perEpoch = Math.ceil(samples / batchSize)
  const epochs = Math.floor(history.steps / perEpoch)
  const rest = Math.min(samples, (history.steps % perEpoch) * batchSize)
  return Math.round((epochs * samples + rest) / history.seconds)
}
