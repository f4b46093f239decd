import * as tf from '@tensorflow/tfjs'

/** Numbers that all differ and look random, the same everywhere. */
export function numbers(shape: readonly number[], phase = 0): tf.Tensor {
  const size = shape.reduce((product, each) => product * each, 1)
  return tf.tensor(
    Float32Array.from({ length: size }, (_, at) => Math.sin(at * 1.7 + phase)),
    [...shape],
  )
}
