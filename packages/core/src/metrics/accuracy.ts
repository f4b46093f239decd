import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { classIndices } from '../losses/targets.ts'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import { type Metric, meanMetric } from './metric.ts'

/**
 * The part of samples whose largest output is that of their class. Labels are class indices `[batch]` or one-hot
 * `[batch, classes]`; with a single output, it is compared with 0.5.
 */
export function accuracy(): Metric {
  return meanMetric('accuracy', (outcome) => {
    const { labels, predictions } = outcome
    if (predictions.shape.at(-1) === 1) {
      const rows = predictions.shape[0]!
      const chosen = tf.greater(tf.reshape(predictions, [rows]), 0.5)
      return tf.equal(tf.cast(tf.reshape(labels, [rows]), 'int32'), tf.cast(chosen, 'int32'))
    }
    return tf.equal(classIndices(outcome, 'accuracy'), tf.argMax(predictions, -1))
  })
}

/**
 * The part of samples whose class is among the `k` largest outputs. A class that ties with the k-th counts as among them.
 *
 * @param options `k`, 5 by default.
 */
export function topK(options: { readonly k?: number | undefined } = {}): Metric {
  const { k = 5 } = options
  return meanMetric(`top-${k}`, (outcome) => {
    const { predictions } = outcome
    const classes = classIndices(outcome, `top-${k}`)
    const oneHot = tf.oneHot(classes, predictions.shape.at(-1)!, 1, 0, 'float32')
    const own = tf.sum(tf.mul(oneHot, predictions), -1, true)
    // How many outputs are larger, without sorting: top-k is a kernel that few engines differentiate or vectorize.
    const larger = tf.sum(tf.cast(tf.greater(predictions, own), 'float32'), -1)
    return tf.less(larger, k)
  })
}

/** `accuracy` as a plugin. */
export const accuracyPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'accuracy',
  description: 'Part of samples whose largest output is that of their class.',
  options: z.strictObject({}),
  create: () => accuracy(),
})

/** `top-k` as a plugin. */
export const topKPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'top-k',
  description: 'Part of samples whose class is among the k largest outputs.',
  options: z.strictObject({
    k: z.int().positive().default(5).describe('How many outputs count.'),
  }),
  create: (given) => topK(given),
})
