import * as tf from '@tensorflow/tfjs'

let started = false

/**
 * Makes sure that a tfjs backend is there for weights to live on, and that its first use does not print tfjs's advice to
 * install another one.
 */
export function startBackend(): void {
  if (started) return
  started = true
  tf.backend()
  const quiet = tf.env().getBool('IS_TEST')
  // The flag's only effect outside tfjs's own tests is to silence its log.
  tf.env().set('IS_TEST', true)
  tf.scalar(0).dispose()
  tf.env().set('IS_TEST', quiet)
}
