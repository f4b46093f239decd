import { ShapeError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { between, imageSizes } from './sampling.ts'

/** What red, green and blue add to brightness (ITU-R BT.601, as in Pillow and torchvision). */
const LUMA = [0.299, 0.587, 0.114]

/** Options of {@link colorJitter}: each is how far its factor may be from 1, and 0 leaves it out. */
export interface ColorJitterOptions {
  /** 0.2 by default. */
  readonly brightness?: number | undefined
  /** Around the image's mean gray, 0.2 by default. */
  readonly contrast?: number | undefined
  /** Around each pixel's gray, 0.2 by default. */
  readonly saturation?: number | undefined
  /** Largest turn of the hue in either direction as a part of the full circle, 0 by default, at most 0.5. */
  readonly hue?: number | undefined
}

/**
 * Changes brightness, contrast, saturation and hue of each image at random, in this order, like torchvision's ColorJitter (which draws the order as
 * well). Pixels stay between 0 and 1. Images of one channel have neither saturation nor hue.
 */
export function colorJitter(options: ColorJitterOptions = {}): Augmentation {
  checkOptions(colorJitterPlugin, options)
  const { brightness = 0.2, contrast = 0.2, saturation = 0.2, hue = 0 } = options
  return {
    name: 'color-jitter',
    draws: 4,
    apply(batch, [byBrightness, byContrast, bySaturation, byHue]) {
      const { channels } = imageSizes(batch.inputs, 'color-jitter')
      const factor = (draw: tf.Tensor, most: number) =>
        perPixel(between(draw, Math.max(0, 1 - most), 1 + most))
      let inputs = batch.inputs
      if (brightness > 0) inputs = clip(tf.mul(inputs, factor(byBrightness!, brightness)))
      if (contrast > 0) inputs = blend(inputs, meanGray(inputs), factor(byContrast!, contrast))
      if (channels !== 1) {
        if (saturation > 0) {
          inputs = blend(inputs, grayOf(inputs, 'color-jitter'), factor(bySaturation!, saturation))
        }
        if (hue > 0) inputs = turnHue(inputs, perPixel(between(byHue!, -hue, hue)))
      }
      return { ...batch, inputs }
    },
  }
}

/** Options of {@link grayscale}. */
export interface GrayscaleOptions {
  /** Part of the images that lose their colours, 0.1 by default. */
  readonly probability?: number | undefined
}

/** Takes the colours out of some of the images, which keep their three channels, like torchvision's RandomGrayscale. */
export function grayscale(options: GrayscaleOptions = {}): Augmentation {
  checkOptions(grayscalePlugin, options)
  const { probability = 0.1 } = options
  return {
    name: 'grayscale',
    draws: 1,
    apply(batch, [draw]) {
      const { channels } = imageSizes(batch.inputs, 'grayscale')
      if (channels === 1) return batch
      const gray = grayOf(batch.inputs, 'grayscale')
      const chosen = perPixel(tf.cast(tf.less(draw!, probability), 'float32'))
      return {
        ...batch,
        inputs: tf.add(batch.inputs, tf.mul(tf.sub(gray, batch.inputs), chosen)),
      }
    },
  }
}

/** A number per image in a form that goes with `[batch, height, width, channels]`. */
export function perPixel(values: tf.Tensor): tf.Tensor {
  return tf.reshape(values, [-1, 1, 1, 1])
}

/** Pixels between 0 and 1. */
export function clip(images: tf.Tensor): tf.Tensor {
  return tf.minimum(tf.maximum(images, 0), 1)
}

/** From `other` (factor 0) over the image itself (1) beyond it, as Pillow's ImageEnhance does it; between 0 and 1. */
export function blend(images: tf.Tensor, other: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  return clip(tf.add(other, tf.mul(tf.sub(images, other), factor)))
}

/**
 * The gray of each pixel, `[batch, height, width, 1]`.
 *
 * @param where the augmentation, for errors.
 * @throws ShapeError for images of other than 1 or 3 channels.
 */
export function grayOf(images: tf.Tensor, where: string): tf.Tensor {
  const { channels } = imageSizes(images, where)
  if (channels === 1) return images
  if (channels === 3) return tf.sum(tf.mul(images, tf.tensor1d(LUMA)), 3, true)
  throw new ShapeError({
    where: `augmentation ${where}`,
    expected: 'images must have 1 channel, or 3: red, green and blue',
    given: images.shape,
  })
}

/** The mean gray of each image, `[batch, 1, 1, 1]`; of all channels alike where they are no colours. */
export function meanGray(images: tf.Tensor): tf.Tensor {
  const gray = images.shape[3] === 3 ? grayOf(images, 'contrast') : images
  return tf.mean(gray, [1, 2, 3], true)
}

/**
 * Turns the hue in the HSV cone and keeps saturation and value.
 *
 * Without the hue's angle being computed from cases: a channel of HSV is `v - v s max(0, min(k, 4 - k, 1))`, with k its distance on the circle.
 */
function turnHue(images: tf.Tensor, turn: tf.Tensor): tf.Tensor {
  const [red, green, blue] = tf.split(images, 3, 3) as [tf.Tensor, tf.Tensor, tf.Tensor]
  const value = tf.max(images, 3, true)
  const chroma = tf.sub(value, tf.min(images, 3, true))
  const per = tf.maximum(chroma, 1e-12)
  const fromRed = tf.div(tf.sub(green, blue), per)
  const fromGreen = tf.add(tf.div(tf.sub(blue, red), per), 2)
  const fromBlue = tf.add(tf.div(tf.sub(red, green), per), 4)
  const sixth = tf.where(
    tf.equal(value, red),
    fromRed,
    tf.where(tf.equal(value, green), fromGreen, fromBlue),
  )
  const hue = tf.add(sixth, tf.mul(turn, 6))
  const channel = (offset: number) => {
    const place = tf.add(hue, offset)
    const k = tf.sub(place, tf.mul(tf.floor(tf.div(place, 6)), 6))
    const part = tf.maximum(tf.minimum(tf.minimum(k, tf.sub(4, k)), 1), 0)
    return tf.sub(value, tf.mul(chroma, part))
  }
  return clip(tf.concat([channel(5), channel(3), channel(1)], 3))
}

const part = (most: number, initial: number, text: string) =>
  z.number().min(0).max(most).default(initial).describe(text)

/** `color-jitter` as a plugin. */
export const colorJitterPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'color-jitter',
  description: 'Changes brightness, contrast, saturation and hue of each image.',
  options: z.strictObject({
    brightness: part(1, 0.2, 'How far the factor of brightness may be from 1.'),
    contrast: part(1, 0.2, 'How far the factor of contrast may be from 1.'),
    saturation: part(1, 0.2, 'How far the factor of saturation may be from 1.'),
    hue: part(0.5, 0, 'Largest turn of the hue as a part of the full circle.'),
  }),
  create: (given) => colorJitter(given),
})

/** `grayscale` as a plugin. */
export const grayscalePlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'grayscale',
  description: 'Takes the colours out of some of the images.',
  options: z.strictObject({
    probability: part(1, 0.1, 'Part of the images that lose their colours.'),
  }),
  create: (given) => grayscale(given),
})
