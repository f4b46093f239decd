import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { range } from './options.ts'
import {
  between,
  type Interpolation,
  imageSizes,
  perImage,
  pixelGrid,
  sampleAt,
  samplingShape,
} from './sampling.ts'

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions {
  /** Smallest and largest part of the image's area that is cut out, 0.08 and 1 by default. */
  readonly scale?: readonly [number, number] | undefined
  /** Smallest and largest ratio of its width to its height in pixels, 3/4 and 4/3 by default. */
  readonly ratio?: readonly [number, number] | undefined
  /** How a place between pixels is read, `bilinear` by default. */
  readonly interpolation?: Interpolation | undefined
}

/**
 * Cuts a random rectangle out of each image and stretches it to the image's size: the usual one for ImageNet (Szegedy et al. 2015), torchvision's
 * RandomResizedCrop. A rectangle that would be longer than the image is cut to it.
 */
export function randomResizedCrop(options: RandomResizedCropOptions = {}): Augmentation {
  checkOptions(randomResizedCropPlugin, options)
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], interpolation = 'bilinear' } = options
  return {
    name: 'random-resized-crop',
    draws: 4,
    apply(batch, [byArea, byRatio, byY, byX]) {
      const sizes = imageSizes(batch.inputs, 'random-resized-crop')
      const { height, width } = sizes
      const area = between(byArea!, scale[0] * height * width, scale[1] * height * width)
      const shape = tf.exp(between(byRatio!, Math.log(ratio[0]), Math.log(ratio[1])))
      const side = (square: tf.Tensor, most: number) =>
        tf.minimum(tf.maximum(tf.sqrt(square), 1), most)
      const tall = side(tf.div(area, shape), height)
      const wide = side(tf.mul(area, shape), width)
      const grid = pixelGrid(sizes)
      // Middles of pixels are what is read: at the edges half a pixel lies outside of the rectangle, whose outermost pixel goes on.
      const from = (place: tf.Tensor, draw: tf.Tensor, length: tf.Tensor, size: number) => {
        const first = tf.mul(draw, tf.sub(size, length))
        const step = tf.div(length, size)
        const at = tf.add(perImage(first), tf.mul(tf.add(place, 0.5), perImage(step)))
        const last = tf.add(first, tf.sub(length, 1))
        return tf.minimum(tf.maximum(tf.sub(at, 0.5), perImage(first)), perImage(last))
      }
      const source = {
        y: from(grid.y, byY!, tall, height),
        x: from(grid.x, byX!, wide, width),
      }
      return { ...batch, inputs: sampleAt(batch.inputs, source, interpolation) }
    },
  }
}

/** `random-resized-crop` as a plugin. */
export const randomResizedCropPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'random-resized-crop',
  description: 'Cuts a random rectangle out of each image and stretches it to its size.',
  options: z.strictObject({
    scale: range(0.001, 1)
      .default([0.08, 1])
      .describe('Smallest and largest part of the area that is cut out.'),
    ratio: range(0.01, 100)
      .default([3 / 4, 4 / 3])
      .describe('Smallest and largest ratio of its width to its height.'),
    interpolation: samplingShape.interpolation,
  }),
  create: (given) => randomResizedCrop(given),
})
