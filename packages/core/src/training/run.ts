import type { EngineSession } from '../engines/engine.ts'
import { assignWeights, storedTensor, type WeightValues, weightValues } from '../weights/values.ts'
import type { Callback, TrainingRun } from './callback.ts'
import { callbackStates } from './callback-states.ts'
import { type Compiled, numberName, numberNames } from './compile.ts'
import type { EpochLog, Metrics } from './history.ts'
import type { TrainingPlan } from './plan.ts'
import type { TrainProgram } from './programs.ts'
import type { RunIdentity, TrainingProgress, TrainingState } from './resume.ts'
import type { Trainable } from './trainable.ts'
import type { Watch } from './watch.ts'

/** What a run is made of. */
export interface RunParts {
  readonly model: Trainable
  readonly compiled: Compiled
  readonly identity: RunIdentity
  readonly epochs: number
  readonly stepsPerEpoch: number
  readonly validates: boolean
  /** What a run that goes on was meant to be before. */
  readonly earlier: readonly TrainingPlan[]
  readonly callbacks: readonly Callback[]
  readonly session: EngineSession
  readonly trainer: TrainProgram
  readonly watch: Watch
}

/** Prefix of metrics over validation data. */
export const VALIDATION = 'val_'

/** The run that `fit` hands to callbacks. */
export class FitRun implements TrainingRun {
  readonly model: Trainable
  readonly engine: string
  readonly epochs: number
  readonly batchSize: number
  readonly samples: number
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  readonly seed: number
  readonly metricNames: readonly string[]
  step = 0
  epoch = 0
  /** Batches of the epoch that are done. */
  batch = 0
  learningRateFactor = 1
  /** Why a callback has ended the run for good. */
  #ended: string | undefined
  /** Why it is stopped from outside, to be gone on with. */
  #paused: string | undefined
  /** Whole epochs. */
  readonly logs: EpochLog[] = []
  readonly #parts: RunParts
  #began = performance.now()

  constructor(parts: RunParts) {
    const { identity, compiled } = parts
    this.model = parts.model
    this.engine = identity.engine
    this.epochs = parts.epochs
    this.batchSize = identity.batchSize
    this.samples = identity.samples
    this.stepsPerEpoch = parts.stepsPerEpoch
    this.totalSteps = parts.epochs * parts.stepsPerEpoch
    this.seed = identity.seed
    const measured = ['loss', ...numberNames(compiled.heads)]
    const { numbers } = parts.trainer
    const names = numbers === undefined ? measured : ['loss', ...numbers.slice(1)]
    this.metricNames = parts.validates
      ? [...names, ...measured.map((name) => VALIDATION + name)]
      : names
    this.#parts = parts
  }

  /** See {@link RunParts.earlier}. */
  get earlier(): readonly TrainingPlan[] {
    return this.#parts.earlier
  }

  /** Training time, that before a resume included. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000
  }

  /** Time counts from here on: the program of the first step is ready. */
  start(): void {
    this.#began = performance.now()
  }

  /** Does what is not training, such as getting other programs ready: it does not count as its time. */
  async withoutTime(fn: () => Promise<void>): Promise<void> {
    const before = performance.now()
    try {
      await fn()
    } finally {
      this.#began += performance.now() - before
    }
  }

  /** Goes to where another run was. */
  goTo(progress: TrainingProgress): void {
    this.step = progress.step
    this.epoch = progress.epoch
    this.batch = progress.batch
    this.learningRateFactor = progress.learningRateFactor
    this.#ended = progress.stopped
    this.logs.push(...progress.epochs)
    this.#began -= progress.seconds * 1000
  }

  better(metric: string): 'higher' | 'lower' {
    const plain = metric.startsWith(VALIDATION) ? metric.slice(VALIDATION.length) : metric
    if (plain === 'loss') return 'lower'
    for (const { name, metrics } of this.#parts.compiled.heads) {
      if (name !== undefined && plain === numberName(name, 'loss')) return 'lower'
      const found = metrics.find((each) => numberName(name, each.name) === plain)
      if (found !== undefined) return found.better ?? 'higher'
    }
    return 'higher'
  }

  metrics(): Metrics {
    return this.#parts.trainer.metrics(this.#parts.session)
  }

  sync(): void {
    this.#parts.session.download()
  }

  reload(): void {
    this.#parts.session.upload()
  }

  weights(): WeightValues {
    this.sync()
    return weightValues(this.model, this.#parts.trainer.averages)
  }

  setWeights(values: WeightValues): void {
    this.sync()
    assignWeights(this.model, this.#parts.trainer.averages, values)
    this.reload()
  }

  state(): TrainingState {
    const { session, trainer, compiled, callbacks, identity, watch } = this.#parts
    const tensors = Object.entries(trainer.variables).map(
      ([name, { shape }]) => [name, storedTensor(session.read(name), shape)] as const,
    )
    const remembered = callbackStates(callbacks)
    const changed = watch.changes()
    return {
      progress: {
        run: identity,
        step: this.step,
        epoch: this.epoch,
        batch: this.batch,
        optimizer: {
          steps: compiled.steps,
          updates: compiled.updates,
          gathered: trainer.gathered(session),
        },
        learningRateFactor: this.learningRateFactor,
        seconds: this.seconds,
        planned: this.epochs,
        ...(this.#parts.earlier.length > 0 && { earlier: this.#parts.earlier }),
        epochs: [...this.logs],
        callbacks: remembered.data,
        ...(this.#ended !== undefined && { stopped: this.#ended }),
        ...(Object.keys(changed).length > 0 && { changed }),
      },
      tensors: new Map([...tensors, ...remembered.tensors]),
    }
  }

  optimizerState(): Readonly<Record<string, Float32Array>> {
    return this.#parts.trainer.slots(this.#parts.session)
  }

  /** A run that a callback ends in the step in which it is interrupted has ended: going on would train what the whole run does not. */
  get stopped(): string | undefined {
    return this.#ended ?? this.#paused
  }

  get interrupted(): boolean {
    return this.#ended === undefined && this.#paused !== undefined
  }

  stop(reason: string): void {
    this.#ended ??= reason
  }

  /** Ends the run so that it can go on later; `stop` ends it for good. */
  interrupt(reason: string): void {
    this.#paused ??= reason
  }
}
