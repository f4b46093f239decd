import * as tf from '@tensorflow/tfjs'

/** tfjs's CPU backend greets people at its first write with the advice to install another one. It is not what computes here. */
export function silenceCpuGreeting(): void {
  // In a fresh process none is current yet, and choosing one makes new backends.
  if (!tf.getBackend()) tf.backend()
  const backend = tf.findBackend('cpu') as { firstUse?: boolean } | null
  if (backend?.firstUse !== undefined) backend.firstUse = false
}
