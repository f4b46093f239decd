import * as tf from '@tensorflow/tfjs'

/**
 * Runs `fn` and throws unless as many tensors exist afterwards as before.
 *
 * @param kept number of tensors that `fn` is meant to leave, 0 by default.
 * @returns what `fn` returns.
 */
export async function withoutLeaks<T>(fn: () => T | Promise<T>, kept = 0): Promise<T> {
  // The first use of a backend makes tensors of its own.
  tf.tidy(() => void tf.scalar(0))
  const before = tf.memory().numTensors
  const result = await fn()
  const left = tf.memory().numTensors - before
  if (left === kept) return result
  throw new Error(`withoutLeaks: expected ${kept} tensors to be left, got ${left}`)
}
