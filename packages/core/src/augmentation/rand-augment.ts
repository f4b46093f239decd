import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Augmentation } from './augmentation.ts'
import { blend, clip, grayOf, meanGray, perPixel } from './color.ts'
import { type ImageSizes, imageSizes, perImage, pixelGrid, sampleAt } from './sampling.ts'

/** The largest magnitude, as in torchvision's table of 31. */
const MOST = 30

/** What a layer may do to an image; one of them is drawn for each. */
const CHANGES = [
  'identity',
  'shear-x',
  'shear-y',
  'translate-x',
  'translate-y',
  'rotate',
  'brightness',
  'saturation',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autocontrast',
] as const

type Change = (typeof CHANGES)[number]

/** Options of {@link randAugment}. */
export interface RandAugmentOptions {
  /** Changes of each image, one after the other, 2 by default. */
  readonly layers?: number | undefined
  /** How strong each is, 0 to 30, 9 by default. */
  readonly magnitude?: number | undefined
  /** What comes in from outside of the image, 0 by default. */
  readonly fill?: number | undefined
}

/**
 * Changes each image by a few operations drawn from a list, all of one strength (RandAugment, Cubuk et al. 2020), with the strengths of torchvision.
 *
 * Shears keep the corner at the top left where it is, and shifts go by whole pixels, as there.
 *
 * Left out of the paper's list is equalizing, which would take a histogram of every image within the step.
 */
export function randAugment(options: RandAugmentOptions = {}): Augmentation {
  checkOptions(randAugmentPlugin, options)
  const { layers = 2, magnitude = 9, fill } = options
  return {
    name: 'rand-augment',
    draws: 2 * layers,
    apply(batch, draws) {
      const sizes = imageSizes(batch.inputs, 'rand-augment')
      let inputs = batch.inputs
      for (let layer = 0; layer < layers; layer++) {
        const drawn = drawnChanges(draws[2 * layer]!, draws[2 * layer + 1]!)
        inputs = moved(inputs, sizes, drawn, magnitude / MOST, fill)
        inputs = blended(inputs, drawn, magnitude / MOST)
        inputs = mapped(inputs, drawn, magnitude / MOST)
      }
      return { ...batch, inputs }
    },
  }
}

/** What each image of a batch is to have done to it. */
interface Drawn {
  /** 1 for images that have this change drawn, 0 for others; `[batch]` float32. */
  is(change: Change): tf.Tensor
  /** 1 or -1 for each image. */
  readonly sign: tf.Tensor
}

function drawnChanges(byChange: tf.Tensor, bySign: tf.Tensor): Drawn {
  const place = tf.floor(tf.mul(byChange, CHANGES.length))
  return {
    is: (change) => tf.cast(tf.equal(place, CHANGES.indexOf(change)), 'float32'),
    sign: tf.sub(tf.mul(tf.cast(tf.less(bySign, 0.5), 'float32'), 2), 1),
  }
}

/** Shears, shifts and turns as one reading of the image: each image has its own of the three matrices. */
function moved(
  images: tf.Tensor,
  sizes: ImageSizes,
  { is, sign }: Drawn,
  strength: number,
  fill: number | undefined,
): tf.Tensor {
  const by = (change: Change, most: number) =>
    perImage(tf.mul(tf.mul(is(change), sign), strength * most))
  const angle = by('rotate', Math.PI / 6)
  const grid = pixelGrid(sizes)
  const middle = { y: (sizes.height - 1) / 2, x: (sizes.width - 1) / 2 }
  const y = tf.sub(grid.y, middle.y)
  const x = tf.sub(grid.x, middle.x)
  const cos = tf.cos(angle)
  const sin = tf.sin(angle)
  const turnedY = tf.add(tf.mul(y, cos), tf.mul(x, sin))
  const turnedX = tf.sub(tf.mul(x, cos), tf.mul(y, sin))
  // In pixels between the middles of two, from the corner at the top left.
  const down = tf.add(grid.y, 0.5)
  const right = tf.add(grid.x, 0.5)
  const shift = (change: Change, size: number) =>
    perImage(tf.mul(tf.mul(is(change), sign), Math.floor((strength * size * 150) / 331)))
  const source = {
    y: tf.add(
      tf.add(turnedY, tf.mul(right, by('shear-y', 0.3))),
      tf.sub(middle.y, shift('translate-y', sizes.height)),
    ),
    x: tf.add(
      tf.add(turnedX, tf.mul(down, by('shear-x', 0.3))),
      tf.sub(middle.x, shift('translate-x', sizes.width)),
    ),
  }
  return sampleAt(images, source, 'nearest', fill)
}

/** Brightness, saturation, contrast and sharpness: each is a blend with something else. */
function blended(images: tf.Tensor, { is, sign }: Drawn, strength: number): tf.Tensor {
  const part = (change: Change) => perPixel(is(change))
  const parts = [
    tf.mul(meanGray(images), part('contrast')),
    tf.mul(softened(images), part('sharpness')),
  ]
  if (images.shape[3] === 3) {
    parts.push(tf.mul(grayOf(images, 'rand-augment'), part('saturation')))
  }
  const other = parts.reduce((sum, each) => tf.add(sum, each), tf.zerosLike(images))
  const changes = ['brightness', 'contrast', 'sharpness'] as const
  const touched = [...changes, ...(images.shape[3] === 3 ? (['saturation'] as const) : [])]
    .map((change) => is(change))
    .reduce((sum, each) => tf.add(sum, each))
  const factor = perPixel(tf.add(tf.mul(sign, strength * 0.9), 1))
  const changed = blend(images, other, factor)
  return tf.add(images, tf.mul(tf.sub(changed, images), perPixel(touched)))
}

/** Pillow's SMOOTH: a mean over 3 x 3 pixels in which the middle counts five times; edges stay. */
function softened(images: tf.Tensor): tf.Tensor {
  const [batch, height, width, channels] = images.shape as [number, number, number, number]
  if (height < 3 || width < 3) return images
  const size = [batch, height - 2, width - 2, channels]
  const at = (y: number, x: number) => tf.slice(images, [0, y, x, 0], size)
  const places = Array.from({ length: 9 }, (_, place) => at(Math.floor(place / 3), place % 3))
  const sum = places.reduce((total, each) => tf.add(total, each))
  const middle = at(1, 1)
  const change = tf.sub(tf.div(tf.add(sum, tf.mul(middle, 4)), 13), middle)
  return tf.add(
    images,
    tf.pad(change, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]),
  )
}

/** Changes of each number alone: fewer steps, the bright ones turned around, the whole range used. */
function mapped(images: tf.Tensor, { is }: Drawn, strength: number): tf.Tensor {
  const choose = (change: Change, other: tf.Tensor, before: tf.Tensor) =>
    tf.add(before, tf.mul(tf.sub(other, before), perPixel(is(change))))
  // The upper bits of a byte; what lies between two bytes is rounded to one before.
  const step = 2 ** Math.round(4 * strength)
  const bytes = tf.floor(tf.add(tf.mul(images, 255), 0.5))
  const coarse = tf.div(tf.mul(tf.floor(tf.div(bytes, step)), step), 255)
  const above = tf.cast(tf.greaterEqual(images, 1 - strength), 'float32')
  const solarized = tf.add(images, tf.mul(tf.sub(1, tf.mul(images, 2)), above))
  const least = tf.min(images, [1, 2], true)
  const length = tf.sub(tf.max(images, [1, 2], true), least)
  const flat = tf.cast(tf.equal(length, 0), 'float32')
  const stretched = tf.div(tf.sub(images, least), tf.add(length, flat))
  const full = tf.add(stretched, tf.mul(tf.sub(images, stretched), flat))
  const coarsened = choose('posterize', coarse, images)
  return choose('autocontrast', full, choose('solarize', clip(solarized), coarsened))
}

/** `rand-augment` as a plugin. */
export const randAugmentPlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'rand-augment',
  description: 'Changes each image by a few operations drawn from a list, all of one strength.',
  options: z.strictObject({
    layers: z.int().min(1).max(10).default(2).describe('Changes of each image.'),
    magnitude: z.number().min(0).max(MOST).default(9).describe('How strong each is, 0 to 30.'),
    fill: z
      .number()
      .default(0)
      .describe('What comes in from outside of the image; pixels are 0 to 1.'),
  }),
  create: (given) => randAugment(given),
})
