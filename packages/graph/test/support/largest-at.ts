import * as tf from '@tensorflow/tfjs'

/** Half of the largest number of each window, found by its place: of two that are as large, each place will do. */
export function largestAt(
  x: tf.Tensor4D,
  size: number | [number, number],
  strides: number,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  const { result, indexes } = tf.maxPoolWithArgmax(x, size, strides, pad) as {
    readonly result: tf.Tensor4D
    readonly indexes: tf.Tensor
  }
  const [images] = x.shape
  const places = tf.cast(tf.reshape(indexes, [images, -1]), 'int32')
  const found = tf.gather(tf.reshape(x, [images, -1]), places, 1, 1)
  return tf.sub(tf.reshape(found, result.shape), tf.mul(result, 0.5))
}
