import type { Model } from '../model/model.ts'
import type { EpochLog, History, Metrics } from './history.ts'

/** A training run while it is under way, as callbacks see it. */
export interface TrainingRun {
  readonly model: Model
  /** Name of the engine that trains. */
  readonly engine: string
  readonly epochs: number
  readonly batchSize: number
  /** Training samples in an epoch. */
  readonly samples: number
  readonly stepsPerEpoch: number
  /** Steps of the whole run. */
  readonly totalSteps: number
  readonly seed: number
  /** Steps done so far, those of epochs before a resume included. */
  readonly step: number
  /** The current epoch, 0 for the first. */
  readonly epoch: number
  /** Multiplies what the schedule says; callbacks may change it (reduce on plateau). 1 at the start. */
  learningRateFactor: number
  /** Loss and metrics over the epoch so far. Reads a few numbers from the engine: call it per tick, not per step. */
  metrics(): Metrics
  /** Brings the model's weights up to date: they live in the engine during training. Call it before saving or reading them. */
  sync(): void
  /** Makes the engine take the model's weights, after a callback changed them (restore the best, for example). */
  reload(): void
  /** The optimizer's slots by `slot/weight` name, as copies. */
  optimizerState(): Readonly<Record<string, Float32Array>>
  /** Ends training after the current step or, from `onEpochEnd`, now. */
  stop(reason: string): void
}

/** One step that has been done. */
export interface StepLog {
  /** 0 for the first step of the run. */
  readonly step: number
  readonly epoch: number
  /** 0 for the first step of the epoch. */
  readonly batch: number
  /** Samples in this batch. */
  readonly size: number
  /** Mean loss of this batch. */
  readonly loss: number
  readonly learningRate: number
}

/**
 * Something that goes along with training. All hooks are optional; a hook that returns a promise is waited for. Hooks of
 * several callbacks run in the order of the list.
 */
export interface Callback {
  readonly name: string
  /** Before the first step. */
  onTrainBegin?(run: TrainingRun): void | Promise<void>
  /** Before the first step of an epoch. */
  onEpochBegin?(epoch: number, run: TrainingRun): void | Promise<void>
  /** After each step. */
  onBatchEnd?(log: StepLog, run: TrainingRun): void | Promise<void>
  /** After the last step of an epoch and its validation. Not called for an epoch that was cut short. */
  onEpochEnd?(log: EpochLog, run: TrainingRun): void | Promise<void>
  /** After the last step, also when training was stopped or failed; see `history.outcome`. Weights are up to date. */
  onTrainEnd?(history: History, run: TrainingRun): void | Promise<void>
}
