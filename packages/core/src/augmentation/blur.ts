import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { perPixel } from './color.ts'
import { range } from './options.ts'
import { between, imageSizes } from './sampling.ts'

/** Options of {@link blur}. */
export interface BlurOptions {
  /** Part of the images that are blurred, 0.5 by default. */
  readonly probability?: number | undefined
  /** Smallest and largest standard deviation of the Gaussian in pixels, 0.1 and 2 by default. */
  readonly sigma?: readonly [number, number] | undefined
  /** Pixels in a row that the Gaussian reaches, odd, 5 by default; at most twice the image's side, less 1. */
  readonly kernelSize?: number | undefined
}

/** Blurs some of the images by a Gaussian of random width, edges mirrored, like torchvision's GaussianBlur. */
export function blur(options: BlurOptions = {}): Augmentation {
  checkOptions(blurPlugin, options)
  const { probability = 0.5, sigma = [0.1, 2], kernelSize = 5 } = options
  const reach = (kernelSize - 1) / 2
  return {
    name: 'blur',
    draws: 2,
    apply(batch, [chance, bySigma]) {
      const { height, width } = imageSizes(batch.inputs, 'blur')
      const sigmas = between(bySigma!, sigma[0], sigma[1])
      const weights = gaussian(sigmas, reach)
      const rows = smoothed(batch.inputs, weights, 1, Math.min(reach, height - 1))
      const blurred = smoothed(rows, weights, 2, Math.min(reach, width - 1))
      const chosen = perPixel(tf.cast(tf.less(chance!, probability), 'float32'))
      const change = tf.sub(blurred, batch.inputs)
      return { ...batch, inputs: tf.add(batch.inputs, tf.mul(change, chosen)) }
    },
  }
}

/** The Gaussian at distances 0 to `reach`, for each image. */
function gaussian(sigmas: tf.Tensor, reach: number): readonly tf.Tensor[] {
  const slope = tf.div(-0.5, tf.square(sigmas))
  return Array.from({ length: reach + 1 }, (_, distance) =>
    perPixel(tf.exp(tf.mul(slope, distance ** 2))),
  )
}

/** Means along an axis, weighted by distance; what lies outside is mirrored. */
function smoothed(
  images: tf.Tensor,
  weights: readonly tf.Tensor[],
  axis: 1 | 2,
  reach: number,
): tf.Tensor {
  const padding = images.shape.map((_, at): [number, number] =>
    at === axis ? [reach, reach] : [0, 0],
  )
  const padded = reach === 0 ? images : tf.mirrorPad(images, padding, 'reflect')
  const at = (offset: number) => {
    const begin = images.shape.map((_, each) => (each === axis ? reach + offset : 0))
    return tf.slice(padded, begin, images.shape)
  }
  let sum = tf.mul(images, weights[0]!)
  let total = weights[0]!
  for (let distance = 1; distance <= reach; distance++) {
    const weight = weights[distance]!
    sum = tf.add(sum, tf.mul(tf.add(at(-distance), at(distance)), weight))
    total = tf.add(total, tf.mul(weight, 2))
  }
  return tf.div(sum, total)
}

/** `blur` as a plugin. */
export const blurPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'blur',
  description: 'Blurs some of the images by a Gaussian of random width.',
  options: z.strictObject({
    probability: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Part of the images that are blurred.'),
    sigma: range(0.01, 100)
      .default([0.1, 2])
      .describe('Smallest and largest standard deviation, in pixels.'),
    kernelSize: z
      .int()
      .min(3)
      .max(63)
      .refine((size) => size % 2 === 1, { error: 'must be odd' })
      .default(5)
      .describe('Pixels in a row that the Gaussian reaches.'),
  }),
  create: (given) => blur(given),
})
