import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss } from './loss.ts'
import { meanOfSample, targetsOf } from './targets.ts'

/** Options of {@link contrastive}. */
export interface ContrastiveOptions {
  /** How far pairs that do not belong together are to be apart; 1 by default. */
  readonly margin?: number | undefined
}

/**
 * Contrastive loss of pairs (Hadsell, Chopra and LeCun 2006): the output is the distance of the two, the label 1 where they belong together. `y * d² + (1 - y) * max(margin -
 * d, 0)²`.
 */
export function contrastive(options: ContrastiveOptions = {}): Loss {
  checkOptions(contrastivePlugin, options)
  const { margin = 1 } = options
  const name = 'contrastive'
  return {
    name,
    labels: 'yes-or-no',
    perSample(outcome) {
      const together = targetsOf(outcome, name)
      const near = tf.square(outcome.predictions)
      const far = tf.square(tf.relu(tf.sub(margin, outcome.predictions)))
      return meanOfSample(tf.add(tf.mul(together, near), tf.mul(tf.sub(1, together), far)))
    },
  }
}

/** `contrastive` as a plugin. */
export const contrastivePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'contrastive',
  description: 'Draws pairs that belong together near, and pushes others apart.',
  options: z.strictObject({
    margin: z.number().positive().default(1).describe('How far others are to be apart.'),
  }),
  create: (given) => contrastive(given),
})
