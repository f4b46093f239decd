import type { ImageEncoding } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { addedColour } from './added-colour.ts'

/** Widths of the kernels on each side, in pixels of the smaller picture. */
const LOBES = 3
const CUBIC = 2

/** One axis of a picture: a number of pixels that is known while capturing alone, and how many shall be left of it. */
interface Side {
  /** `[1]` */
  readonly length: tf.Tensor
  /** All its pixels, `[length]`. */
  readonly pixels: tf.Tensor
  readonly to: number
}

/** How a side is scaled: what is `from` pixels long becomes `to`. Two whole numbers, so that places are computed exactly. */
interface Scale {
  /** `[1]` */
  readonly from: tf.Tensor
  /** `[1]` */
  readonly to: tf.Tensor
}

/**
 * Pictures `[batch, any height, any width, channels]` of numbers from 0 to 255 at the size that a model was trained with, as the datasets' decoder brings them there: by Lanczos' kernel of three
 * lobes where they shrink and the curve of Catmull and Rom where they grow, what is too much cut off, the background added, or distorted. Those of that size stay exactly as they are.
 *
 * Sizes are numbers of the graph, so there is no branch on them: each axis is a product with a matrix of weights that the graph makes.
 */
export function toTrainedSize(
  pictures: tf.Tensor,
  encoding: Pick<ImageEncoding, 'height' | 'width' | 'channels' | 'fit' | 'background'>,
): tf.Tensor {
  const { height: toHeight, width: toWidth, channels, fit } = encoding
  const [batch, height, width] = pictures.shape as [number, number, number, number]
  const down = sideOf(height, toHeight)
  const across = sideOf(width, toWidth)
  const scales = scalesOf(down, across, fit)
  // libvips, which the datasets use, looks half a pixel earlier on both axes when it makes pictures larger on one.
  const isEarlier = tf.maximum(grows(scales.down), grows(scales.across))
  const rows = placed(down, scales.down, isEarlier)
  const columns = placed(across, scales.across, isEarlier)
  const lines = tf.reshape(pictures, [batch, height, width * channels])
  const low = tf.reshape(tf.matMul(rows.weights, lines), [batch, toHeight, width, channels])
  const turned = tf.reshape(tf.transpose(low, [0, 2, 1, 3]), [batch, width, toHeight * channels])
  const sized = tf.reshape(tf.matMul(columns.weights, turned), [
    ...[batch, toWidth, toHeight, channels],
  ])
  // The kernels reach beyond what they are given.
  const bytes = tf.clipByValue(tf.transpose(sized, [0, 2, 1, 3]), 0, 255)
  if (fit !== 'contain') return bytes
  const shown = tf.mul(
    tf.reshape(rows.isInside, [toHeight, 1, 1]),
    tf.reshape(columns.isInside, [toWidth, 1]),
  )
  return tf.add(bytes, tf.mul(tf.sub(1, shown), addedColour(encoding)))
}

/** Whether pictures are of the trained size, which {@link toTrainedSize} leaves exactly as they are: a number of the graph too, `[1]`. */
export function isOfTrainedSize(
  pictures: tf.Tensor,
  { height, width }: Pick<ImageEncoding, 'height' | 'width'>,
): tf.Tensor {
  const [, down, across] = pictures.shape as [number, number, number]
  return tf.logicalAnd(
    tf.equal(sideOf(down, height).length, height),
    tf.equal(sideOf(across, width).length, width),
  )
}

function sideOf(length: number, to: number): Side {
  return {
    length: tf.range(length, length + 1, 1, 'float32'),
    pixels: tf.range(0, length, 1, 'float32'),
    to,
  }
}

function scalesOf(
  down: Side,
  across: Side,
  fit: ImageEncoding['fit'],
): { readonly down: Scale; readonly across: Scale } {
  const [ofDown, ofAcross] = [down, across].map(({ length, to }) => ({
    from: length,
    to: tf.tensor1d([to]),
  })) as [Scale, Scale]
  if (fit === 'fill') return { down: ofDown, across: ofAcross }
  // One scale for both: the larger where something is cut off, the smaller where something is added.
  const isDownLarger = tf.greater(tf.mul(across.length, down.to), tf.mul(down.length, across.to))
  const isDown = tf.cast(fit === 'cover' ? isDownLarger : tf.logicalNot(isDownLarger), 'float32')
  const either = (ifDown: tf.Tensor, ifAcross: tf.Tensor) =>
    tf.add(tf.mul(isDown, ifDown), tf.mul(tf.sub(1, isDown), ifAcross))
  const both = {
    from: either(ofDown.from, ofAcross.from),
    to: either(ofDown.to, ofAcross.to),
  }
  return { down: both, across: both }
}

/** 1 where a side becomes longer, else 0. */
function grows({ from, to }: Scale): tf.Tensor {
  return tf.cast(tf.less(from, to), 'float32')
}

/** How much of each pixel `[to, length]` is in each that is left, and which of these `[to, 1]` show anything of the picture. */
function placed(
  { length, pixels, to }: Side,
  scale: Scale,
  isEarlier: tf.Tensor,
): { readonly weights: tf.Tensor; readonly isInside: tf.Tensor } {
  // How long it becomes before anything is cut off or added.
  const exactly = tf.div(tf.mul(length, scale.to), scale.from)
  const sized = tf.maximum(1, tf.floor(tf.add(exactly, 0.5)))
  const first = tf.ceil(tf.div(tf.sub(sized, to), 2))
  const places = tf.add(tf.reshape(tf.range(0, to, 1, 'float32'), [to, 1]), first)
  const isInside = tf.cast(
    tf.logicalAnd(tf.greaterEqual(places, 0), tf.less(places, sized)),
    'float32',
  )
  // What is added shows nothing, whatever stands there.
  const inside = tf.minimum(tf.maximum(places, 0), tf.sub(sized, 1))
  // Twice all places, from the middle of the picture on, or from where it begins.
  const [begin, end] = [length, sized].map((each) => tf.mul(each, tf.sub(1, isEarlier)))
  const from = tf.sub(tf.add(tf.mul(pixels, 2), 1), begin!)
  const centres = tf.sub(tf.add(tf.mul(inside, 2), tf.sub(1, isEarlier)), end!)
  const apart = tf.div(
    tf.sub(tf.mul(from, scale.to), tf.mul(centres, scale.from)),
    tf.mul(tf.maximum(scale.from, scale.to), 2),
  )
  const isLarger = grows(scale)
  const kernel = tf.add(
    tf.mul(isLarger, cubic(tf.abs(apart))),
    tf.mul(tf.sub(1, isLarger), lanczos(apart)),
  )
  const shares = tf.div(kernel, tf.sum(kernel, 1, true))
  return { weights: tf.mul(shares, isInside), isInside }
}

/** The curve of Catmull and Rom, which goes through every pixel; `x` is 0 or more. */
function cubic(x: tf.Tensor): tf.Tensor {
  const near = tf.add(tf.mul(tf.mul(x, x), tf.sub(tf.mul(x, 1.5), 2.5)), 1)
  const far = tf.add(tf.mul(x, tf.sub(tf.mul(x, tf.sub(2.5, tf.mul(x, 0.5))), 4)), 2)
  const isNear = tf.cast(tf.less(x, 1), 'float32')
  const isFar = tf.sub(tf.cast(tf.less(x, CUBIC), 'float32'), isNear)
  return tf.add(tf.mul(near, isNear), tf.mul(far, isFar))
}

function lanczos(x: tf.Tensor): tf.Tensor {
  const isReached = tf.cast(tf.less(tf.abs(x), LOBES), 'float32')
  return tf.mul(tf.mul(sinc(x), sinc(tf.div(x, LOBES))), isReached)
}

/** `sin(pi x) / (pi x)`, exactly 0 at whole numbers and 1 at 0. */
function sinc(x: tf.Tensor): tf.Tensor {
  const whole = tf.floor(tf.add(x, 0.5))
  const isOdd = tf.sub(whole, tf.mul(tf.floor(tf.div(whole, 2)), 2))
  const sine = tf.mul(tf.sin(tf.mul(tf.sub(x, whole), Math.PI)), tf.sub(1, tf.mul(isOdd, 2)))
  const isZero = tf.cast(tf.equal(x, 0), 'float32')
  return tf.add(tf.div(sine, tf.mul(tf.add(x, isZero), Math.PI)), isZero)
}
