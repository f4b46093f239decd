import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss } from './loss.ts'
import { meanOfSample, targetsOf } from './targets.ts'

/**
 * The mean over all numbers of a sample of the squared difference between label and output. Labels `[batch]` also fit an
 * output `[batch, 1]`.
 */
export function meanSquaredError(): Loss {
  const name = 'mean-squared-error'
  return {
    name,
    labels: 'numbers',
    perSample(outcome) {
      const difference = tf.sub(outcome.predictions, targetsOf(outcome, name))
      return meanOfSample(tf.square(difference))
    },
  }
}

/** `mean-squared-error` as a plugin. */
export const meanSquaredErrorPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'mean-squared-error',
  aliases: ['mse'],
  description: 'Mean of squared differences, for regressions.',
  options: z.strictObject({}),
  create: () => meanSquaredError(),
})
