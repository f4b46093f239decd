import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'

/**
 * Mixes each sample with another one of its batch, and their losses alike (Zhang et al. 2018). The share of the other one is drawn
 * from the Beta distribution with `alpha`, and is at most one half: metrics go by the larger part.
 *
 * @param options `alpha`, 0.2 by default; 1 draws every share alike, smaller ones mix less.
 */
export function mixup(options: { readonly alpha?: number | undefined } = {}): Augmentation {
  checkOptions(mixupPlugin, options)
  const { alpha = 0.2 } = options
  const quantiles = lowerBetaQuantiles(alpha)
  return {
    name: 'mixup',
    draws: 1,
    apply({ inputs, labels }, [draw]) {
      const batch = inputs.shape[0]!
      const share = quantileAt(quantiles, draw!)
      const weight = tf.reshape(share, [batch, ...inputs.shape.slice(1).map(() => 1)])
      return {
        inputs: tf.add(inputs, tf.mul(tf.sub(partnersOf(inputs), inputs), weight)),
        labels,
        mixed: { labels: partnersOf(labels), share },
      }
    },
  }
}

/** The batch backwards: it is shuffled already, so the last sample is as good a partner for the first as any. */
export function partnersOf(x: tf.Tensor): tf.Tensor {
  const batch = x.shape[0]!
  const backwards = Int32Array.from({ length: batch }, (_, row) => batch - 1 - row)
  return tf.gather(x, tf.tensor1d(backwards, 'int32'))
}

/** Uniform draws as draws of the distribution whose table of quantiles is given; between its entries it is a straight line. */
export function quantileAt(quantiles: Float32Array, draw: tf.Tensor): tf.Tensor {
  const place = tf.mul(draw, quantiles.length - 1)
  const below = tf.floor(place)
  const table = tf.tensor1d(quantiles)
  const at = (offset: number) => tf.gather(table, tf.cast(tf.add(below, offset), 'int32'))
  return tf.add(at(0), tf.mul(tf.sub(at(1), at(0)), tf.sub(place, below)))
}

/**
 * Quantiles of the smaller of x and 1 - x, for x of the symmetric Beta distribution, at 0, 1/steps, ... 1.
 *
 * With x = t^(1/alpha) the density's pole at 0 becomes flat, so that the trapezoid rule is exact enough.
 */
export function lowerBetaQuantiles(alpha: number, steps: number = 1024): Float32Array {
  const POINTS = 20_000
  const top = 0.5 ** alpha
  const xAt = (index: number) => ((top * index) / POINTS) ** (1 / alpha)
  const sums = new Float64Array(POINTS + 1)
  for (let index = 1; index <= POINTS; index++) {
    const density = (at: number) => (1 - xAt(at)) ** (alpha - 1)
    sums[index] = sums[index - 1]! + density(index - 1) + density(index)
  }
  const total = sums[POINTS]!
  let index = 1
  return Float32Array.from({ length: steps + 1 }, (_, step) => {
    const wanted = (total * step) / steps
    while (index < POINTS && sums[index]! < wanted) index++
    const part = (wanted - sums[index - 1]!) / (sums[index]! - sums[index - 1]!)
    return xAt(index - 1 + Math.min(1, part))
  })
}

/** `mixup` as a plugin. */
export const mixupPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'mixup',
  description: 'Mixes each sample, and its loss, with another one of the batch.',
  options: z.strictObject({
    alpha: z
      .number()
      .min(0.05)
      .max(20)
      .default(0.2)
      .describe('Of the Beta distribution of shares: smaller numbers mix less, 1 mixes all alike.'),
  }),
  create: (given) => mixup(given),
})
