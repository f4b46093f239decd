import { ShapeError } from '@ashlar/errors'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { logProbabilitiesOf } from '../losses/cross-entropy.ts'
import { indicesOf } from '../losses/targets.ts'
import { type Metric, meanMetric } from './metric.ts'

/**
 * How many tokens a language model is undecided between: e to the mean cross-entropy over all tokens that count, in whatever batches they come. Labels are the indices of tokens, one
 * for each row of the output.
 */
export function perplexity(): Metric {
  const name = 'perplexity'
  const entropy = meanMetric(name, (outcome) => {
    const { predictions, labels } = outcome
    const indices = indicesOf(outcome)
    if (indices === undefined) {
      throw new ShapeError({
        where: name,
        expected: 'labels must be indices of tokens, one for each row of the output',
        given: { labels: labels.shape, output: predictions.shape },
      })
    }
    const own = tf.oneHot(indices, predictions.shape.at(-1)!, 1, 0, 'float32')
    return tf.neg(tf.sum(tf.mul(own, logProbabilitiesOf(outcome)), -1))
  })
  return { ...entropy, better: 'lower', result: (sums) => Math.exp(entropy.result(sums)) }
}

/** `perplexity` as a plugin. */
export const perplexityPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'perplexity',
  description: 'How many tokens a language model is undecided between.',
  options: z.strictObject({}),
  create: () => perplexity(),
})
