import type { Metrics } from '@ashlar/core'
import type { Point } from '../space/parameter.ts'
import type { TaskError, TaskResult } from './task.ts'

/** How a trial ended: it had all its epochs, or stopped itself; a scheduler saw no use in more; or it cannot be done. */
export type TrialStatus = 'completed' | 'pruned' | 'failed'

/** A trial as the sweep knows it. */
export interface Trial {
  /** Digest of configuration and seed. */
  readonly id: string
  /** Which of the suggestions it was, 0 for the first. */
  readonly index: number
  readonly params: Point
  /** Epochs of its experiment. */
  readonly epochs: number
  /** The epochs that it is being trained to; undefined when nobody works on it. */
  working: number | undefined
  /** Those that it has had: `score` is the metric at their end, the smaller the better. */
  readonly rungs: Rung[]
  metrics: Metrics
  steps: number
  seconds: number
  isOver: boolean
  error: TaskError | undefined
}

/** What a trial was worth after some epochs. */
export interface Rung {
  readonly epochs: number
  readonly score: number
}

/** A trial that nobody has worked on. */
export function newTrial(given: Pick<Trial, 'id' | 'index' | 'params' | 'epochs'>): Trial {
  return {
    ...given,
    ...{ working: undefined, rungs: [], metrics: {}, steps: 0, seconds: 0 },
    ...{ isOver: false, error: undefined },
  }
}

/** Takes down what came of a piece of work. */
export function takeResult(trial: Trial, result: TaskResult, metric: string): void {
  trial.working = undefined
  if (result.status === 'given-back') return
  if (result.status === 'failed') {
    trial.error = result.error ?? { message: 'it failed', kind: 'crash' }
    trial.isOver = true
    return
  }
  trial.metrics = result.metrics
  trial.steps = Math.max(trial.steps, result.steps)
  trial.seconds = Math.max(trial.seconds, result.seconds)
  const isNew = !trial.rungs.some(({ epochs }) => epochs === result.until)
  if (isNew) trial.rungs.push({ epochs: result.until, score: scoreOf(result, metric) })
  trial.isOver = result.status === 'ended' || result.until >= trial.epochs
}

/** What a result is worth: the smaller the better, infinite for what is no number. */
export function scoreOf({ metrics, better }: TaskResult, metric: string): number {
  const value = Object.hasOwn(metrics, metric) ? metrics[metric]! : Number.NaN
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY
  return better === 'lower' ? value : -value
}

/** The score at the last rung; undefined for a trial that has none. */
export function lastScore({ rungs }: Trial): number | undefined {
  return rungs.at(-1)?.score
}

/** How a trial stands when the sweep is over. */
export function statusOf(trial: Trial): TrialStatus {
  if (trial.error !== undefined) return 'failed'
  return trial.isOver ? 'completed' : 'pruned'
}

/** A trial as the table of a sweep shows it. */
export interface TrialRow {
  readonly id: string
  readonly status: TrialStatus
  readonly params: Point
  readonly metrics: Metrics
  /** Why it failed. */
  readonly error?: string | undefined
}

/** What a sweep came to. */
export interface SweepTable {
  /** In the order of their suggestion. */
  readonly trials: readonly TrialRow[]
  /** The best of those that were completed, or else of those that were pruned; null where every one failed. */
  readonly best: TrialRow | null
}

/** The table of trials: nothing in it tells which machine did what, or when. */
export function tableOf(trials: readonly Trial[]): SweepTable {
  const ordered = [...trials].sort((a, b) => a.index - b.index)
  const best = bestOf(ordered)
  return { trials: ordered.map(rowOf), best: best === undefined ? null : rowOf(best) }
}

function rowOf(trial: Trial): TrialRow {
  const { id, params, metrics, error } = trial
  return {
    ...{ id, status: statusOf(trial), params, metrics },
    ...(error !== undefined && { error: error.message }),
  }
}

/** Trials that are worth something, the best first: those that had all their epochs before the others. Of equal ones, the one that was suggested first. */
export function ranked(trials: readonly Trial[]): Trial[] {
  const scored = trials.filter(
    (each) => each.error === undefined && Number.isFinite(lastScore(each)),
  )
  return scored.sort(
    (a, b) =>
      Number(b.isOver) - Number(a.isOver) || lastScore(a)! - lastScore(b)! || a.index - b.index,
  )
}

/** The best trial: the first of those that are ranked. */
export function bestOf(trials: readonly Trial[]): Trial | undefined {
  return ranked(trials)[0]
}
