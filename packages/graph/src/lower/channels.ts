import { sizeOf, type Value } from '../ir/index.ts'
import { blockedConvolution, NCHWC } from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Layout } from './layout.ts'
import { divisor, sum } from './sums.ts'

/**
 * Mean of each channel over batch and space, as a vector [channels].
 *
 * Channels last, a reduction over rows is a product with a row of 1/n: a matrix product runs many times faster than onnxruntime's
 * ReduceMean over leading axes.
 */
export function channelMeans(builder: OnnxBuilder, x: Value, layout: Layout): Value {
  const rank = x.shape.length
  if (layout === 'last') return weightedRows(builder, x, 1 / rowsOf(x))
  if (layout === 'blocked') {
    return builder.reduce('ReduceMean', imageMeans(builder, x), [0], false)
  }
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  return builder.reduce('ReduceMean', x, [0, ...spatial], false)
}

/**
 * Mean of each channel of a product, number by number, as a vector [channels].
 *
 * In blocks of channels each image of `a` is one group of a depthwise convolution under the filter that the same image of `b` is: one pass over both, where the
 * product by itself would be written and read again.
 */
export function channelMeansOfProduct(
  builder: OnnxBuilder,
  a: Value,
  b: Value,
  layout: Layout,
): Value {
  if (layout !== 'blocked') return channelMeans(builder, builder.mul(a, b), layout)
  const total = builder.reduce('ReduceSum', imageSumsOfProduct(builder, a, b), [0], false)
  // The weight comes last: it could make small numbers too small before they are added.
  return builder.mul(total, builder.scalar(Number(a.shape[1]) / Number(sizeOf(a.shape))))
}

/** Mean of each image of each channel, [batch, channels], of images in blocks. */
export function imageMeans(builder: OnnxBuilder, x: Value): Value {
  const [batch, channels] = x.shape as readonly [number, number]
  const shape = [batch, channels, 1, 1]
  const pooled = builder.node('GlobalAveragePool', [x], {}, { shape, dtype: x.dtype }, NCHWC)
  // Blocks of one pixel lie as channels do.
  return builder.reshape(pooled, [batch, channels])
}

/** Sum of the product of two images, number by number, for each channel of each sample, [batch, channels], in blocks. */
export function imageSumsOfProduct(builder: OnnxBuilder, a: Value, b: Value): Value {
  const [batch, channels, ...space] = a.shape as readonly number[]
  const images = batch! * channels!
  const operands = [
    builder.reshape(a, [1, images, ...space]),
    builder.reshape(b, [images, 1, ...space]),
  ]
  const attrs = { kernel_shape: space, group: images }
  const sums = blockedConvolution(builder, operands, attrs, [1, images, 1, 1])
  return builder.reshape(sums, [batch!, channels!])
}

/** So many pixels are added one after the other: with more the last digits are lost, of equal ones the most. */
const MOST_PIXELS = 128
const FEWEST_PIXELS = 16

/** Images in blocks whose pixels were parted into chunks. */
export interface PartedImages {
  /** Images of one chunk: those of a block of channels follow each other. */
  readonly parts: readonly Value[]
  /** How many there are of each image. */
  readonly chunks: number
  /** The sum over the chunks of what was computed for each, [batch, channels]. */
  sum(ofParts: Value): Value
}

/**
 * Parts large images into smaller ones, each some pixels that lie one after the other, as if there were more blocks of channels: nothing is copied. Undefined where the number of pixels has no divisor that
 * fits.
 */
export function partImages(
  builder: OnnxBuilder,
  images: readonly Value[],
  block: number,
): PartedImages | undefined {
  const [batch, channels, ...space] = images[0]!.shape as readonly number[]
  const pixels = Number(sizeOf(space))
  if (pixels <= MOST_PIXELS) return { parts: images, chunks: 1, sum: (ofParts) => ofParts }
  const size = divisor(pixels, MOST_PIXELS, FEWEST_PIXELS)
  if (size === undefined) return undefined
  const chunks = pixels / size
  return {
    parts: images.map((each) => builder.reshape(each, [batch!, channels! * chunks, 1, size])),
    chunks,
    sum(ofParts) {
      const byBlock = builder.reshape(ofParts, [batch!, channels! / block, chunks, block])
      return builder.reshape(sum(builder, byBlock, [2], false), [batch!, channels!])
    },
  }
}

/**
 * `x * factor + shift` in blocks, with a number for each channel of each sample, [batch, channels]: one pass over memory, as each image can be a group of a depthwise convolution.
 */
export function imageAffine(
  builder: OnnxBuilder,
  x: Value,
  { factor, shift }: { readonly factor?: Value; readonly shift?: Value },
): Value {
  const [batch, channels, ...space] = x.shape as readonly number[]
  const images = batch! * channels!
  const weights = factor
    ? builder.reshape(factor, [images, 1, 1, 1])
    : builder.ones(1, [images, 1, 1, 1])
  const operands = [builder.reshape(x, [1, images, ...space]), weights]
  if (shift !== undefined) operands.push(builder.reshape(shift, [images]))
  const attrs = { kernel_shape: [1, 1], group: images }
  const result = blockedConvolution(builder, operands, attrs, [1, images, ...space])
  return builder.reshape(result, [...(x.shape as readonly number[])])
}

/** The same with a number for each channel, [channels]. */
export function channelAffine(
  builder: OnnxBuilder,
  x: Value,
  { factor, shift }: { readonly factor?: Value; readonly shift?: Value },
): Value {
  const channels = Number(x.shape[1])
  const weights = factor
    ? builder.reshape(factor, [channels, 1, 1, 1])
    : builder.ones(1, [channels, 1, 1, 1])
  const operands = shift === undefined ? [x, weights] : [x, weights, shift]
  const attrs = { kernel_shape: [1, 1], group: channels }
  return blockedConvolution(builder, operands, attrs, x.shape as readonly number[])
}

/** x - mean of each channel, in any layout. */
export function centredChannels(
  builder: OnnxBuilder,
  x: Value,
  mean: Value,
  layout: Layout,
): Value {
  if (layout === 'blocked') return channelAffine(builder, x, { shift: builder.unary('Neg', mean) })
  const rest = layout === 'last' ? [] : x.shape.slice(2).map(() => 1)
  return builder.sub(x, builder.reshape(mean, [...mean.shape, ...rest]))
}

/** Sum of each channel over batch and space, as a vector [channels]. */
export function channelSums(builder: OnnxBuilder, x: Value, layout: Layout): Value {
  if (layout === 'last') return weightedRows(builder, x, 1)
  const means = channelMeans(builder, x, layout)
  const count = Number(sizeOf(x.shape)) / Number(x.shape[1])
  return builder.mul(means, builder.scalar(count))
}

/** Rows that one matrix product adds up: more of them would cost digits, and are no quicker. */
const MOST_ROWS = 128
const FEWEST_ROWS = 16

function weightedRows(builder: OnnxBuilder, x: Value, weight: number): Value {
  const channels = x.shape.at(-1)!
  const rows = rowsOf(x)
  if (rows <= MOST_ROWS) {
    const flat = builder.reshape(x, [rows, channels])
    return builder.reshape(builder.matMul(builder.ones(weight, [1, rows]), flat), [channels])
  }
  // The weight comes last: it could make small numbers too small before they are added.
  const total = sumOfRows(builder, builder.reshape(x, [rows, channels]))
  return weight === 1 ? total : builder.mul(total, builder.scalar(weight))
}

function sumOfRows(builder: OnnxBuilder, x: Value): Value {
  const [rows, channels] = x.shape as readonly [number, number]
  const size = rows > MOST_ROWS ? divisor(rows, MOST_ROWS, FEWEST_ROWS) : rows
  if (size === undefined) return sum(builder, x, [0], false)
  const ones = builder.ones(1, [1, size])
  if (size === rows) return builder.reshape(builder.matMul(ones, x), [channels])
  // Chunks of every so manieth row: a few long rows are added quicker than many short ones, up to one and a half times.
  const sums = builder.matMul(ones, builder.reshape(x, [size, (rows / size) * channels]))
  return sumOfRows(builder, builder.reshape(sums, [rows / size, channels]))
}

/** The most rows that chunks of one size can have. */
function rowsOf(x: Value): number {
  return Number(sizeOf(x.shape.slice(0, -1)))
}
