import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import type { Loss } from './loss.ts'

/**
 * The mean over all numbers of a sample of the squared difference between label and output. Labels `[batch]` also fit an
 * output `[batch, 1]`.
 */
export function meanSquaredError(): Loss {
  return {
    name: 'mean-squared-error',
    perSample({ labels, predictions }) {
      if (labels.size !== predictions.size) {
        throw new ShapeError({
          where: 'mean-squared-error',
          expected: 'labels must have the shape of the output',
          given: { labels: labels.shape, output: predictions.shape },
        })
      }
      const target = tf.reshape(tf.cast(labels, 'float32'), predictions.shape)
      const squared = tf.square(tf.sub(predictions, target))
      return tf.mean(tf.reshape(squared, [predictions.shape[0]!, -1]), 1)
    },
  }
}

/** `mean-squared-error` as a plugin. */
export const meanSquaredErrorPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'mean-squared-error',
  description: 'Mean of squared differences, for regressions.',
  options: z.strictObject({}),
  create: () => meanSquaredError(),
})
