import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss } from './loss.ts'
import { meanOfSample, targetsOf } from './targets.ts'

/** The mean over all numbers of a sample of the distance between label and output. */
export function meanAbsoluteError(): Loss {
  const name = 'mean-absolute-error'
  return {
    name,
    labels: 'numbers',
    perSample(outcome) {
      return meanOfSample(tf.abs(tf.sub(outcome.predictions, targetsOf(outcome, name))))
    },
  }
}

/**
 * Squared error near zero and absolute error beyond (Huber 1964), as in Keras: `e²/2` where `|e| <= delta`, else
 * `delta * (|e| - delta/2)`; the mean over all numbers of a sample.
 *
 * @param options `delta`, 1 by default.
 */
export function huber(options: { readonly delta?: number | undefined } = {}): Loss {
  checkOptions(huberPlugin, options)
  const { delta = 1 } = options
  const name = 'huber'
  return {
    name,
    labels: 'numbers',
    perSample(outcome) {
      const distance = tf.abs(tf.sub(outcome.predictions, targetsOf(outcome, name)))
      // With q = min(|e|, delta), both branches are q * (|e| - q/2): no select, which is slow in onnxruntime.
      const near = tf.minimum(distance, delta)
      return meanOfSample(tf.mul(near, tf.sub(distance, tf.mul(near, 0.5))))
    },
  }
}

/** `mean-absolute-error` as a plugin. */
export const meanAbsoluteErrorPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'mean-absolute-error',
  aliases: ['mae'],
  description: 'Mean of absolute differences, for regressions with outliers.',
  options: z.strictObject({}),
  create: () => meanAbsoluteError(),
})

/** `huber` as a plugin. */
export const huberPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'huber',
  aliases: ['huber-loss'],
  description: 'Squared differences near zero, absolute ones beyond delta.',
  options: z.strictObject({
    delta: z.number().positive().default(1).describe('Where the square ends.'),
  }),
  create: (given) => huber(given),
})
