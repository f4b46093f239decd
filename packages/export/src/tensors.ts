import type { TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/** A tensor outside of any runtime. bool is a Uint8Array of 0 and 1. */
export interface TensorData {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly data: TypedArray
}

/** Tensors by name. */
export type NamedData = Readonly<Record<string, TensorData>>

/** As a tensor of tfjs's current backend. */
export function toTensor({ data, shape, dtype }: TensorData): tf.Tensor {
  return tf.tensor(data as Float32Array, [...shape], dtype)
}

/** The numbers of a tensor, copied. */
export function fromTensor(tensor: tf.Tensor): TensorData {
  return {
    shape: [...tensor.shape],
    dtype: tensor.dtype as TensorData['dtype'],
    data: tensor.dataSync().slice() as TypedArray,
  }
}
