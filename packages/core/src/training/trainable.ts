import type * as tf from '@tensorflow/tfjs'
import type { Samples } from '../data/samples.ts'
import type { ExportDetails, ModelWriter } from '../network/model-writer.ts'
import type { Network } from '../network/network.ts'
import type { Compiled } from './compile.ts'
import type { EvaluateOptions } from './evaluate.ts'
import type { Metrics } from './history.ts'
import type { Predictions, PredictOptions } from './predict.ts'

/** A network that can be trained, and what callbacks do with it while it is. Every `Model` is one. */
export interface Trainable extends Network {
  /**
   * What `compile` set.
   *
   * @param where names what asks for it, in the error.
   * @throws ConfigError before `compile` was called.
   */
  compiled(where: string): Compiled
  evaluate(data: Samples, options?: EvaluateOptions): Promise<Metrics>
  predict(inputs: Samples | tf.Tensor, options?: PredictOptions): Promise<Predictions>
  /** Writes all weights to a safetensors file, which is complete or not there at all. */
  save(path: string): Promise<void>
  /** Reads weights that `save` wrote. */
  load(path: string): Promise<void>
  /** Writes it in another format. */
  export<Result>(
    path: string,
    exporter: ModelWriter<Trainable, Result>,
    details?: ExportDetails,
  ): Promise<Result>
}
