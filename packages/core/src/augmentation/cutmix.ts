import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { lowerBetaQuantiles, partnersOf, quantileAt } from './mixup.ts'
import { imageSizes, perImage, pixelGrid } from './sampling.ts'

/**
 * Pastes a rectangle of another image of the batch into each one, and shares the loss by area (Yun et al. 2019).
 *
 * The rectangle has the image's proportions; its area is drawn from the Beta distribution with `alpha` and is at most one half, so that metrics go by
 * the larger part. Half of a side is a whole number of pixels, rounded down as in torchvision's CutMix. Its middle may lie anywhere: what hangs over the edge is cut, and the share is that of the pixels which are left.
 *
 * @param options `alpha`, 1 by default: every area alike; smaller ones paste less.
 */
export function cutmix(options: { readonly alpha?: number | undefined } = {}): Augmentation {
  checkOptions(cutmixPlugin, options)
  const { alpha = 1 } = options
  const quantiles = lowerBetaQuantiles(alpha)
  return {
    name: 'cutmix',
    draws: 3,
    apply({ inputs, labels }, [byArea, byY, byX]) {
      const sizes = imageSizes(inputs, 'cutmix')
      const side = tf.sqrt(quantileAt(quantiles, byArea!))
      const grid = pixelGrid(sizes)
      const within = (place: tf.Tensor, draw: tf.Tensor, size: number) => {
        const middle = tf.floor(tf.mul(draw, size))
        const half = tf.floor(tf.mul(side, size / 2))
        const from = tf.greaterEqual(place, perImage(tf.sub(middle, half)))
        return tf.logicalAnd(from, tf.less(place, perImage(tf.add(middle, half))))
      }
      const inside = tf.logicalAnd(
        within(grid.y, byY!, sizes.height),
        within(grid.x, byX!, sizes.width),
      )
      const share = tf.mean(tf.cast(inside, 'float32'), [1, 2])
      return {
        inputs: tf.where(tf.expandDims(inside, 3), partnersOf(inputs), inputs),
        labels,
        mixed: { labels: partnersOf(labels), share },
      }
    },
  }
}

/** `cutmix` as a plugin. */
export const cutmixPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'cutmix',
  description: 'Pastes a rectangle of another image of the batch into each, and shares the loss.',
  options: z.strictObject({
    alpha: z
      .number()
      .min(0.05)
      .max(20)
      .default(1)
      .describe('Of the Beta distribution of areas: smaller numbers paste less, 1 all alike.'),
  }),
  create: (given) => cutmix(given),
})
