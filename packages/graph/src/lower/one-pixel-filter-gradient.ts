import { sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { timesTransposed } from './columns.ts'

/** Pixels of an image from which on products of images beat the convolution over images as channels, which moves the larger operand in smaller pieces. */
const FEWEST_PIXELS = 256

/** Whether the sums over the pixels of each image are so much fewer than the pixels that adding up those of all images costs little. */
export function isWorthProducts(
  space: readonly number[],
  inputs: number,
  outputs: number,
): boolean {
  const pixels = Number(sizeOf(space))
  return pixels >= FEWEST_PIXELS && 2 * inputs * outputs <= pixels * (inputs + outputs)
}

/**
 * The gradient by a filter of one pixel: for each image one product of a matrix of channels by pixels with the other's transpose, and their sum over the images.
 *
 * onnxruntime copies the second operand in another order, and reads the first as it lies: the wider one comes first.
 *
 * @param x [batch, inputs, ...space]
 * @param dy [batch, outputs, ...space]
 * @returns [inputs, outputs]
 */
export function onePixelFilterGradient(builder: OnnxBuilder, x: Value, dy: Value): Value {
  const matrices = (image: Value) => {
    const [batch, channels, ...space] = image.shape as readonly [number, number, ...number[]]
    return builder.reshape(image, [batch, channels, Number(sizeOf(space))])
  }
  const [batch, inputs] = x.shape as readonly [number, number]
  const outputs = Number(dy.shape[1])
  const isTurned = outputs > inputs
  const [wide, narrow] = isTurned ? [dy, x] : [x, dy]
  const products = timesTransposed(builder, matrices(wide), matrices(narrow))
  const rows = builder.reshape(products, [batch, inputs * outputs])
  const sums = builder.matMul(builder.ones(1, [1, batch]), rows)
  if (!isTurned) return builder.reshape(sums, [inputs, outputs])
  return builder.transpose(builder.reshape(sums, [outputs, inputs]), [1, 0])
}
