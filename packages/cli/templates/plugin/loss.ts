import { definePlugin, type Loss, type Plugin } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** The logarithm of the hyperbolic cosine of the error: squares near zero, distances far from it. */
export function createSamplePlugin(): Loss {
  return {
    name: 'sample-plugin',
    // What labels are: numbers to come near to. Classes would be `indices`.
    labels: 'numbers',
    perSample({ labels, predictions }) {
      const target = tf.reshape(tf.cast(labels, 'float32'), predictions.shape)
      const distance = tf.abs(tf.sub(predictions, target))
      // log(cosh(x)) = |x| + log(1 + exp(-2|x|)) - log(2), which is finite however large x is.
      const values = tf.sub(tf.add(distance, tf.softplus(tf.mul(distance, -2))), Math.LN2)
      return tf.mean(tf.reshape(values, [predictions.shape[0]!, -1]), 1)
    },
  }
}

/** The loss under a name. */
export const samplePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'sample-plugin',
  description: 'Squares near zero, distances far from it, smooth everywhere.',
  options: z.strictObject({}),
  create: () => createSamplePlugin(),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
