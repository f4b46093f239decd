import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss } from './loss.ts'
import { meanOfRows, targetsOf } from './targets.ts'

/**
 * The negative cosine of the angle between label and output, over the last axis: -1 where they point the same way, 1 where they are opposed (Keras's
 * CosineSimilarity). A vector of zeros has a cosine of 0 with any other.
 */
export function cosineSimilarity(): Loss {
  const name = 'cosine-similarity'
  return {
    name,
    labels: 'numbers',
    perSample(outcome) {
      const target = unit(targetsOf(outcome, name))
      return meanOfRows(tf.neg(tf.sum(tf.mul(target, unit(outcome.predictions)), -1)))
    },
  }
}

function unit(x: tf.Tensor): tf.Tensor {
  const squares = tf.sum(tf.square(x), -1, true)
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, 1e-12)))
}

/** `cosine-similarity` as a plugin. */
export const cosineSimilarityPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'cosine-similarity',
  aliases: ['cosine'],
  description: 'Negative cosine of the angle between label and output.',
  options: z.strictObject({}),
  create: () => cosineSimilarity(),
})
