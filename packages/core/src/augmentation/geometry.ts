import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import {
  between,
  type Interpolation,
  imageSizes,
  perImage,
  pixelGrid,
  sampleAt,
  samplingShape,
} from './sampling.ts'

/** Options of augmentations that move pixels. */
export interface SamplingOptions {
  /** How a place between pixels is read, `bilinear` by default. */
  readonly interpolation?: Interpolation | undefined
  /** What comes in from outside of the image, 0 by default. */
  readonly fill?: number | undefined
}

/** Options of {@link shift}. */
export interface ShiftOptions extends SamplingOptions {
  /** Largest shift to either side as a part of the width, 0.1 by default. */
  readonly x?: number | undefined
  /** Largest shift up or down as a part of the height, 0.1 by default. */
  readonly y?: number | undefined
}

/** Moves each image by a random distance, like Keras's RandomTranslation. */
export function shift(options: ShiftOptions = {}): Augmentation {
  checkOptions(shiftPlugin, options)
  const { x = 0.1, y = 0.1, interpolation = 'bilinear', fill } = options
  return {
    name: 'shift',
    draws: 2,
    apply(batch, [byY, byX]) {
      const sizes = imageSizes(batch.inputs, 'shift')
      const grid = pixelGrid(sizes)
      const from = (place: tf.Tensor, draw: tf.Tensor, most: number) =>
        tf.sub(place, perImage(between(draw, -most, most)))
      const source = {
        y: from(grid.y, byY!, y * sizes.height),
        x: from(grid.x, byX!, x * sizes.width),
      }
      return { ...batch, inputs: sampleAt(batch.inputs, source, interpolation, fill) }
    },
  }
}

/** Options of {@link rotate}. */
export interface RotateOptions extends SamplingOptions {
  /** Largest angle in either direction, 15 by default. */
  readonly degrees?: number | undefined
}

/** Turns each image around its middle by a random angle, like Keras's RandomRotation. */
export function rotate(options: RotateOptions = {}): Augmentation {
  checkOptions(rotatePlugin, options)
  const { degrees = 15, interpolation = 'bilinear', fill } = options
  const most = (degrees * Math.PI) / 180
  return {
    name: 'rotate',
    draws: 1,
    apply(batch, [draw]) {
      const sizes = imageSizes(batch.inputs, 'rotate')
      const grid = pixelGrid(sizes)
      const middle = { y: (sizes.height - 1) / 2, x: (sizes.width - 1) / 2 }
      const y = tf.sub(grid.y, middle.y)
      const x = tf.sub(grid.x, middle.x)
      const angle = perImage(between(draw!, -most, most))
      const cos = tf.cos(angle)
      const sin = tf.sin(angle)
      const source = {
        y: tf.add(tf.add(tf.mul(y, cos), tf.mul(x, sin)), middle.y),
        x: tf.add(tf.sub(tf.mul(x, cos), tf.mul(y, sin)), middle.x),
      }
      return { ...batch, inputs: sampleAt(batch.inputs, source, interpolation, fill) }
    },
  }
}

/** Options of {@link flip}. */
export interface FlipOptions {
  /** Left and right, true by default. */
  readonly horizontal?: boolean | undefined
  /** Top and bottom, false by default. */
  readonly vertical?: boolean | undefined
  /** Of each of the two, 0.5 by default. */
  readonly probability?: number | undefined
}

/** Mirrors some of the images, like Keras's RandomFlip. */
export function flip(options: FlipOptions = {}): Augmentation {
  checkOptions(flipPlugin, options)
  const { horizontal = true, vertical = false, probability = 0.5 } = options
  return {
    name: 'flip',
    draws: 2,
    apply(batch, [byX, byY]) {
      const { batch: count, height, width } = imageSizes(batch.inputs, 'flip')
      const mirrored = (images: tf.Tensor, draw: tf.Tensor, axis: number, size: number) => {
        const back = Int32Array.from({ length: size }, (_, place) => size - 1 - place)
        const other = tf.gather(images, tf.tensor1d(back, 'int32'), axis)
        const chosen = tf.cast(tf.less(draw, probability), 'float32')
        const mask = tf.reshape(chosen, [count, 1, 1, 1])
        return tf.add(tf.mul(other, mask), tf.mul(images, tf.sub(1, mask)))
      }
      let inputs = batch.inputs
      if (horizontal) inputs = mirrored(inputs, byX!, 2, width)
      if (vertical) inputs = mirrored(inputs, byY!, 1, height)
      return { ...batch, inputs }
    },
  }
}

/** Options of {@link crop}. */
export interface CropOptions {
  /** Pixels on each side, 4 by default. */
  readonly padding?: number | undefined
  /** What the padding consists of, 0 by default. */
  readonly fill?: number | undefined
}

/** Pads each image and cuts its own size out at a random place: the usual one for CIFAR (He et al. 2016). */
export function crop(options: CropOptions = {}): Augmentation {
  checkOptions(cropPlugin, options)
  const { padding = 4, fill } = options
  return {
    name: 'crop',
    draws: 2,
    apply(batch, [byY, byX]) {
      const grid = pixelGrid(imageSizes(batch.inputs, 'crop'))
      const from = (draw: tf.Tensor) =>
        perImage(tf.sub(tf.floor(tf.mul(draw, 2 * padding + 1)), padding))
      const source = {
        y: tf.add(grid.y, from(byY!)),
        x: tf.add(grid.x, from(byX!)),
      }
      return { ...batch, inputs: sampleAt(batch.inputs, source, 'nearest', fill) }
    },
  }
}

const part = z.number().min(0).max(1).default(0.1)

/** `shift` as a plugin. */
export const shiftPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'shift',
  description: 'Moves each image by a random distance.',
  options: z.strictObject({
    x: part.describe('Largest shift to either side as a part of the width.'),
    y: part.describe('Largest shift up or down as a part of the height.'),
    ...samplingShape,
  }),
  create: (given) => shift(given),
})

/** `rotate` as a plugin. */
export const rotatePlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'rotate',
  description: 'Turns each image around its middle by a random angle.',
  options: z.strictObject({
    degrees: z.number().min(0).max(180).default(15).describe('Largest angle in either direction.'),
    ...samplingShape,
  }),
  create: (given) => rotate(given),
})

/** `flip` as a plugin. */
export const flipPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'flip',
  description: 'Mirrors some of the images.',
  options: z.strictObject({
    horizontal: z.boolean().default(true).describe('Left and right.'),
    vertical: z.boolean().default(false).describe('Top and bottom.'),
    probability: z.number().min(0).max(1).default(0.5).describe('Of each of the two.'),
  }),
  create: (given) => flip(given),
})

/** `crop` as a plugin. */
export const cropPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'crop',
  description: 'Pads each image and cuts its own size out at a random place.',
  options: z.strictObject({
    padding: z.int().positive().default(4).describe('Pixels on each side.'),
    fill: z.number().default(0).describe('What the padding consists of; pixels are 0 to 1.'),
  }),
  create: (given) => crop(given),
})
