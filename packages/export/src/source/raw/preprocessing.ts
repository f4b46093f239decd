import type * as tf from '@tensorflow/tfjs'
import type { TensorData } from '../../tensors.ts'
import type { InputSpec } from '../source.ts'

/** Raw data and samples, each as the other. */
export interface Preprocessing {
  /** What the file takes, where a sample of a given shape was taken. */
  taken(shape: InputSpec['shape']): InputSpec
  /** In the graph. */
  toSample(raw: tf.Tensor): tf.Tensor
  /** The raw data that a sample was made of, `[batch, ...]` channels last. */
  toRaw(sample: TensorData): TensorData
}
