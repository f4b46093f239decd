import type { TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/** A tensor outside of any runtime. bool is a Uint8Array of 0 and 1; uint8 are the bytes of pictures, which tfjs has as float32. */
export interface TensorData {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool' | 'uint8'
  readonly data: TypedArray
}

/** Tensors by name. */
export type NamedData = Readonly<Record<string, TensorData>>

/** Text by the name of an output, one for each sample. */
export type NamedTexts = Readonly<Record<string, readonly string[]>>

/** As a tensor of tfjs's current backend. */
export function toTensor({ data, shape, dtype }: TensorData): tf.Tensor {
  if (dtype === 'uint8') return tf.tensor(Float32Array.from(data as Uint8Array), [...shape])
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
