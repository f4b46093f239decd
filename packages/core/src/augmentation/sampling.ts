import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** How a place between pixels is read. */
export type Interpolation = 'bilinear' | 'nearest'

/** Sizes of a batch of images. */
export interface ImageSizes {
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/**
 * @param where the augmentation, for errors.
 * @throws ShapeError for what is not `[batch, height, width, channels]`.
 */
export function imageSizes({ shape }: tf.Tensor, where: string): ImageSizes {
  const [batch, height, width, channels] = shape
  if (shape.length === 4) {
    return { batch: batch!, height: height!, width: width!, channels: channels! }
  }
  throw new ShapeError({
    where: `augmentation ${where}`,
    expected: 'inputs must be images, [batch, height, width, channels]',
    given: shape,
  })
}

/** Row and column of every pixel, `[1, height, width]` float32. */
export function pixelGrid({ height, width }: ImageSizes): { y: tf.Tensor; x: tf.Tensor } {
  const grid = (place: (index: number) => number) =>
    tf.tensor(
      Float32Array.from({ length: height * width }, (_, index) => place(index)),
      [1, height, width],
    )
  return { y: grid((index) => Math.floor(index / width)), x: grid((index) => index % width) }
}

/** A number per sample in a form that goes with `[batch, height, width]`. */
export function perImage(values: tf.Tensor): tf.Tensor {
  return tf.reshape(values, [-1, 1, 1])
}

/** Uniform draws stretched to the range from `low` to `high`. */
export function between(draw: tf.Tensor, low: number, high: number): tf.Tensor {
  return tf.add(tf.mul(draw, high - low), low)
}

/**
 * Images whose pixel at each place is the source's pixel at another one.
 *
 * @param images `[batch, height, width, channels]` float32.
 * @param y source rows, `[batch, height, width]`, between pixels or outside of the image; likewise `x` columns.
 * @param fill what is outside.
 */
export function sampleAt(
  images: tf.Tensor,
  { y, x }: { readonly y: tf.Tensor; readonly x: tf.Tensor },
  interpolation: Interpolation,
  fill: number = 0,
): tf.Tensor {
  const sizes = imageSizes(images, 'image')
  const pixels = tf.reshape(images, [-1, sizes.channels])
  if (interpolation === 'nearest') {
    return pixelsAt(pixels, sizes, tf.floor(tf.add(y, 0.5)), tf.floor(tf.add(x, 0.5)), fill)
  }
  const top = tf.floor(y)
  const left = tf.floor(x)
  const down = tf.expandDims(tf.sub(y, top), 3)
  const right = tf.expandDims(tf.sub(x, left), 3)
  const row = (dy: number) => {
    const rows = tf.add(top, dy)
    const first = pixelsAt(pixels, sizes, rows, left, fill)
    const second = pixelsAt(pixels, sizes, rows, tf.add(left, 1), fill)
    return tf.add(first, tf.mul(tf.sub(second, first), right))
  }
  const upper = row(0)
  return tf.add(upper, tf.mul(tf.sub(row(1), upper), down))
}

/** @param rows whole numbers `[batch, height, width]`, also outside of the image; likewise `columns`. */
function pixelsAt(
  pixels: tf.Tensor,
  { batch, height, width, channels }: ImageSizes,
  rows: tf.Tensor,
  columns: tf.Tensor,
  fill: number,
): tf.Tensor {
  const y = tf.minimum(tf.maximum(rows, 0), height - 1)
  const x = tf.minimum(tf.maximum(columns, 0), width - 1)
  const inside = tf.logicalAnd(tf.equal(y, rows), tf.equal(x, columns))
  const place = tf.cast(tf.add(tf.mul(y, width), x), 'int32')
  const first = Int32Array.from({ length: batch }, (_, image) => image * height * width)
  const flat = tf.add(place, tf.tensor(first, [batch, 1, 1], 'int32'))
  const gathered = tf.reshape(tf.gather(pixels, tf.reshape(flat, [-1])), [
    batch,
    height,
    width,
    channels,
  ])
  const mask = tf.expandDims(tf.cast(inside, 'float32'), 3)
  const seen = tf.mul(gathered, mask)
  return fill === 0 ? seen : tf.add(seen, tf.mul(tf.sub(1, mask), fill))
}

/** Options of augmentations that move pixels. */
export const samplingShape: {
  readonly interpolation: z.ZodDefault<z.ZodEnum<{ bilinear: 'bilinear'; nearest: 'nearest' }>>
  readonly fill: z.ZodDefault<z.ZodNumber>
} = {
  interpolation: z
    .enum(['bilinear', 'nearest'])
    .default('bilinear')
    .describe('How a place between pixels is read.'),
  fill: z
    .number()
    .default(0)
    .describe('What comes in from outside of the image; pixels are 0 to 1.'),
}
