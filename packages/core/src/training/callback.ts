import { type DataMap, defineKind, type Kind } from '@ashlar/plugins'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { WeightValues } from '../weights/values.ts'
import type { EpochLog, History, Metrics } from './history.ts'
import type { TrainingState } from './resume.ts'
import type { Trainable } from './trainable.ts'

/** A training run while it is under way, as callbacks see it. */
export interface TrainingRun {
  readonly model: Trainable
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
  /** Names of what an epoch ends with: loss and metrics, and with validation the same after `val_`. */
  readonly metricNames: readonly string[]
  /** Which way one of them gets better. */
  better(metric: string): 'higher' | 'lower'
  /** Multiplies what the schedule says; callbacks may change it (reduce on plateau). 1 at the start. */
  learningRateFactor: number
  /** Loss and metrics over the epoch so far. Reads a few numbers from the engine: call it per tick, not per step. */
  metrics(): Metrics
  /** Brings the model's weights up to date: they live in the engine during training. Call it before saving or reading them. */
  sync(): void
  /** Makes the engine take the model's weights, after a callback changed them (restore the best, for example). */
  reload(): void
  /** Copies of the weights that would be left if training ended now: averages where the optimizer keeps them. */
  weights(): WeightValues
  /** Puts weights that {@link weights} returned back, into the model and the engine. */
  setWeights(values: WeightValues): void
  /** Everything that a run needs to go on from here: see {@link Callback.onSettled} for when to ask. */
  state(): TrainingState
  /** The optimizer's slots by `slot/weight` name, as copies. */
  optimizerState(): Readonly<Record<string, Float32Array>>
  /** Ends training after the current step or, from `onEpochEnd`, now. */
  stop(reason: string): void
  /** Why the run is to end, once it is. */
  readonly stopped: string | undefined
  /** Whether it is stopped from outside, to be gone on with: Ctrl-C, not a callback. */
  readonly interrupted: boolean
}

/** What a callback must know to go on in another process. */
export interface CallbackState {
  /** Plain data, as JSON can hold it. */
  readonly data: unknown
  readonly tensors?: ReadonlyMap<string, StoredTensor> | undefined
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
  /** Seconds that the step waited for its samples; next to none where they lie in memory. */
  readonly waited?: number | undefined
}

/**
 * Something that goes along with training. All hooks are optional; a hook that returns a promise is waited for. Hooks of
 * several callbacks run in the order of the list.
 */
export interface Callback {
  readonly name: string
  /** Whether it writes checkpoints into the run folder: an experiment without such a one gets its own. */
  readonly resumable?: boolean | undefined
  /** What it remembers, for a checkpoint; left out by callbacks that remember nothing. */
  state?(): CallbackState | undefined
  /** Takes back what `state` gave, in a run that goes on: after `onTrainBegin`, before anything else. */
  restore?(state: CallbackState): void | Promise<void>
  /** Before the first step. */
  onTrainBegin?(run: TrainingRun): void | Promise<void>
  /** Before the first step of an epoch, and when a run goes on within it. */
  onEpochBegin?(epoch: number, run: TrainingRun): void | Promise<void>
  /** After each step. */
  onBatchEnd?(log: StepLog, run: TrainingRun): void | Promise<void>
  /** After the last step of an epoch and its validation. Not called for an epoch that was cut short. */
  onEpochEnd?(log: EpochLog, run: TrainingRun): void | Promise<void>
  /**
   * After each step or, for the last one of an epoch, after the epoch, when all callbacks are through with it: the one place
   * where `run.state()` is whole.
   */
  onSettled?(run: TrainingRun): void | Promise<void>
  /** After the last step, also when training was stopped or failed; see `history.outcome`. Weights are up to date. */
  onTrainEnd?(history: History, run: TrainingRun): void | Promise<void>
  /** For callbacks that keep something above a group of runs. Called in the process that has them made, which trains none and calls nothing else. */
  beginGroup?(group: RunGroup): Promise<GroupLog>
}

/** Runs that belong together: the trials of a sweep. */
export interface RunGroup {
  readonly name: string
  /** Where the callback may write, absolute. A group that goes on has the same. */
  readonly folder: string
  /** What is known of it before there are any runs. */
  readonly params: DataMap
}

/** What a callback keeps above a group of runs. */
export interface GroupLog {
  /** Options that the callback of each run is to have besides its own, so that it finds the group. */
  readonly options: DataMap
  /** The best so far. @param step counts what came of runs. */
  add(step: number, metrics: Metrics): Promise<void>
  /** No run is made any more, or none until the group goes on. */
  end(ending: GroupEnding): Promise<void>
}

/** How a group of runs ended. */
export interface GroupEnding {
  readonly outcome: 'finished' | 'interrupted' | 'failed'
  /** How many runs there are of each sort. */
  readonly counts: Readonly<Record<string, number>>
  /** The best run, if there is one. */
  readonly best: { readonly id: string; readonly params: DataMap; readonly metrics: Metrics } | null
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    callback: Callback
  }
}

/** What goes along with training. */
export const callbackKind: Kind<'callback'> = defineKind('callback')
