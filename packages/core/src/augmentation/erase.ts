import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { range } from './options.ts'
import { between, imageSizes, perImage, pixelGrid } from './sampling.ts'

/** Options of {@link erase}. */
export interface EraseOptions {
  /** Part of the images that lose a rectangle, 0.5 by default. */
  readonly probability?: number | undefined
  /** Smallest and largest part of the image that the rectangle covers, 0.02 and 0.33 by default. */
  readonly area?: readonly [number, number] | undefined
  /** Smallest and largest ratio of its height to its width, 0.3 and 3.3 by default. */
  readonly ratio?: readonly [number, number] | undefined
  /** What takes its place, 0 by default. */
  readonly fill?: number | undefined
}

/** Paints a random rectangle over some of the images (random erasing, Zhong et al. 2020). One that would be too long is cut. */
export function erase(options: EraseOptions = {}): Augmentation {
  checkOptions(erasePlugin, options)
  const { probability = 0.5, area = [0.02, 0.33], ratio = [0.3, 3.3], fill = 0 } = options
  const logRatio = [Math.log(ratio[0]), Math.log(ratio[1])] as const
  return {
    name: 'erase',
    draws: 5,
    apply(batch, [chance, byArea, byRatio, byY, byX]) {
      const sizes = imageSizes(batch.inputs, 'erase')
      const { height, width } = sizes
      const pixels = between(byArea!, area[0] * height * width, area[1] * height * width)
      const shape = tf.exp(between(byRatio!, ...logRatio))
      const side = (square: tf.Tensor, most: number) =>
        tf.minimum(tf.maximum(tf.round(tf.sqrt(square)), 1), most)
      const tall = side(tf.mul(pixels, shape), height)
      const wide = side(tf.div(pixels, shape), width)
      const grid = pixelGrid(sizes)
      const within = (place: tf.Tensor, draw: tf.Tensor, length: tf.Tensor, size: number) => {
        const first = tf.floor(tf.mul(draw, tf.add(tf.sub(size, length), 1)))
        const from = tf.greaterEqual(place, perImage(first))
        return tf.logicalAnd(from, tf.less(place, perImage(tf.add(first, length))))
      }
      const inside = tf.logicalAnd(
        within(grid.y, byY!, tall, height),
        within(grid.x, byX!, wide, width),
      )
      const erased = tf.logicalAnd(inside, perImage(tf.less(chance!, probability)))
      const mask = tf.expandDims(tf.cast(erased, 'float32'), 3)
      const seen = tf.mul(batch.inputs, tf.sub(1, mask))
      return { ...batch, inputs: fill === 0 ? seen : tf.add(seen, tf.mul(mask, fill)) }
    },
  }
}

/** `erase` as a plugin. */
export const erasePlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'erase',
  description: 'Paints a random rectangle over some of the images.',
  options: z.strictObject({
    probability: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Part of the images that lose a rectangle.'),
    area: range(0, 1)
      .default([0.02, 0.33])
      .describe('Smallest and largest part of the image that it covers.'),
    ratio: range(0.01, 100)
      .default([0.3, 3.3])
      .describe('Smallest and largest ratio of its height to its width.'),
    fill: z.number().default(0).describe('What takes its place; pixels are 0 to 1.'),
  }),
  create: (given) => erase(given),
})
