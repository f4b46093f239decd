import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { ownLogProbabilities } from '../losses/cross-entropy.ts'
import { type Metric, meanMetric } from './metric.ts'

/**
 * How many tokens a language model is undecided between: e to the mean cross-entropy over all tokens that count, in whatever batches they come. Labels are the indices of tokens, one
 * for each row of the output.
 */
export function perplexity(): Metric {
  const name = 'perplexity'
  const entropy = meanMetric(name, (outcome) =>
    tf.neg(ownLogProbabilities(outcome, { where: name, labels: 'indices of tokens' })),
  )
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
