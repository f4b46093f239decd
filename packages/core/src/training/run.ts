import type { EngineSession } from '../engines/engine.ts'
import type { Model } from '../model/model.ts'
import type { TrainingRun } from './callback.ts'
import type { Metrics } from './history.ts'
import type { TrainProgram } from './programs.ts'

/** What a run is made of. */
export interface RunParts
  extends Pick<
    TrainingRun,
    | 'model'
    | 'engine'
    | 'epochs'
    | 'batchSize'
    | 'samples'
    | 'stepsPerEpoch'
    | 'totalSteps'
    | 'seed'
  > {
  readonly session: EngineSession
  readonly trainer: TrainProgram
}

/** The run that `fit` hands to callbacks. */
export class FitRun implements TrainingRun {
  readonly model: Model
  readonly engine: string
  readonly epochs: number
  readonly batchSize: number
  readonly samples: number
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  readonly seed: number
  step = 0
  epoch = 0
  learningRateFactor = 1
  /** Why the run is to end, once it is. */
  stopped: string | undefined
  readonly #session: EngineSession
  readonly #trainer: TrainProgram

  constructor({ session, trainer, ...parts }: RunParts) {
    this.model = parts.model
    this.engine = parts.engine
    this.epochs = parts.epochs
    this.batchSize = parts.batchSize
    this.samples = parts.samples
    this.stepsPerEpoch = parts.stepsPerEpoch
    this.totalSteps = parts.totalSteps
    this.seed = parts.seed
    this.#session = session
    this.#trainer = trainer
  }

  metrics(): Metrics {
    return this.#trainer.metrics(this.#session)
  }

  sync(): void {
    this.#session.download()
  }

  reload(): void {
    this.#session.upload()
  }

  optimizerState(): Readonly<Record<string, Float32Array>> {
    return this.#trainer.slots(this.#session)
  }

  stop(reason: string): void {
    this.stopped ??= reason
  }
}
