import type { Metrics } from '@ashlar/core'
import type { Experiment } from '../config/schema.ts'
import type { FoldSummary, RunSummary } from '../runs/run-summary.ts'

/** One training of a cross-validation. */
export interface FoldExperiment {
  readonly index: number
  /** Name of its run folder, in that of the whole: `fold-0`. */
  readonly run: string
  readonly experiment: Experiment
}

/**
 * The trainings that an experiment stands for whose `fold.index` is `all`, one for each part of its samples; none for any other experiment.
 *
 * @example for (const { experiment } of foldExperiments(resolved.experiment)) ...
 */
export function foldExperiments(experiment: Experiment): FoldExperiment[] {
  const { fold } = experiment
  if (fold?.index !== 'all') return []
  return Array.from({ length: fold.count }, (_, index) => ({
    index,
    run: foldFolder(index),
    experiment: { ...experiment, fold: { ...fold, index } },
  }))
}

/** Name of a fold's run folder. */
export function foldFolder(index: number): string {
  return `fold-${index}`
}

/** A fold that was trained, as far as it came. */
export interface TrainedFold extends Pick<FoldExperiment, 'index' | 'run'> {
  readonly summary: RunSummary
}

/**
 * What a cross-validation came to: the mean of each metric over the folds, and its sample standard deviation (divided by their number less one).
 *
 * @param trained at least one.
 * @param planned number of folds; with fewer of them tested there are no means over the test split.
 */
export function summarizeFolds(trained: readonly TrainedFold[], planned: number): RunSummary {
  const summaries = trained.map(({ summary }) => summary)
  const first = summaries[0]!
  const { outcome, reason } =
    summaries.find((each) => each.outcome === 'failed') ?? summaries.at(-1)!
  const whole = isWhole(summaries, planned)
  const training = summaries.map((each) => each.training)
  const test = summaries.map((each) => each.test ?? {})
  const seconds = sum(summaries, (each) => each.seconds)
  return {
    ...first,
    outcome: whole ? 'finished' : outcome === 'finished' ? 'stopped' : outcome,
    reason: whole ? undefined : reason,
    samples: sum(summaries, (each) => each.samples),
    steps: sum(summaries, (each) => each.steps),
    seconds,
    samplesPerSecond:
      seconds === 0
        ? 0
        : Math.round(sum(summaries, (each) => each.samplesPerSecond * each.seconds) / seconds),
    training: overFolds(training, mean),
    test: whole ? overFolds(test, mean) : undefined,
    folds: trained.map(
      ({ index, run, summary }): FoldSummary => ({
        index,
        run,
        outcome: summary.outcome,
        reason: summary.reason,
        training: summary.training,
        test: summary.test,
      }),
    ),
    deviation:
      trained.length < 2
        ? undefined
        : {
            training: overFolds(training, standardDeviation),
            test: whole ? overFolds(test, standardDeviation) : {},
          },
  }
}

/** Early stopping ends a fold as well; only one that was interrupted is not tested. */
function isWhole(summaries: readonly RunSummary[], planned: number): boolean {
  return summaries.length === planned && summaries.every(({ test }) => test !== undefined)
}

/** Metrics that not every fold has are left out. */
function overFolds(all: readonly Metrics[], of: (values: readonly number[]) => number): Metrics {
  const names = Object.keys(all[0]!).filter((name) => all.every((each) => name in each))
  return Object.fromEntries(names.map((name) => [name, of(all.map((each) => each[name]!))]))
}

function mean(values: readonly number[]): number {
  return sum(values, (value) => value) / values.length
}

function standardDeviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(sum(values, (value) => (value - middle) ** 2) / (values.length - 1))
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0)
}
