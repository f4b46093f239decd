import type { TrainingPlan } from './plan.ts'

/** Loss and metrics by name. */
export type Metrics = Readonly<Record<string, number>>

/** One epoch. */
export interface EpochLog {
  /** 0 for the first. */
  readonly epoch: number
  /** Means over the epoch as it went by; those over validation data begin with `val_`. */
  readonly metrics: Metrics
  /** Learning rate of its last step. */
  readonly learningRate: number
  /** As the run counts them: getting programs ready does not belong to them. */
  readonly seconds: number
}

/** What `fit` did. */
export interface History {
  /** Whole epochs. */
  readonly epochs: readonly EpochLog[]
  /** The same by metric: one number per epoch. */
  readonly metrics: Readonly<Record<string, readonly number[]>>
  /** Steps done, those before a resume included. */
  readonly steps: number
  readonly seconds: number
  /** `stopped`: by a callback or the abort signal. */
  readonly outcome: 'finished' | 'stopped' | 'failed'
  /** Why it was stopped. */
  readonly reason?: string | undefined
  /** What a run that went on with other epochs was meant to be before; left out by others. */
  readonly earlier?: readonly TrainingPlan[] | undefined
}

/** Turns epochs into one series per metric. */
export function seriesOf(epochs: readonly EpochLog[]): Record<string, number[]> {
  const series: Record<string, number[]> = {}
  for (const { metrics } of epochs) {
    for (const [name, value] of Object.entries(metrics)) {
      series[name] ??= []
      series[name].push(value)
    }
  }
  return series
}
