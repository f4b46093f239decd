import * as tf from '@tensorflow/tfjs'

/** Runs with TensorFlow as tfjs's current backend, which must be loaded, and puts the one before back. */
export async function onTensorflow<T>(fn: () => T | Promise<T>): Promise<T> {
  const before = tf.getBackend()
  await tf.setBackend('tensorflow')
  try {
    return await fn()
  } finally {
    if (before) await tf.setBackend(before)
  }
}
