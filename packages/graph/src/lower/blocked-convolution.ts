import { constant, isStatic, type Shape, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { shapeIn } from './layout.ts'
import { reorder } from './reorder.ts'
import { reversed } from './slices.ts'
import type { Target } from './target.ts'

/** onnxruntime's domain for its own layout of channels in blocks. */
export const NCHWC = 'com.microsoft.nchwc'

/** Whether onnxruntime's NCHWc convolution takes these channels: whole blocks, or fewer inputs than one block. */
export function canBlock({ block }: Target, inputs: number, outputs: number): boolean {
  return block > 0 && outputs % block === 0 && (inputs < block || inputs % block === 0)
}

/** So many channels that they are whole blocks. */
export function wholeBlocks(channels: number, block: number): number {
  return Math.ceil(channels / block) * block
}

/** Zeros behind the channels of a tensor whose last axis they are, up to whole blocks. */
export function fillChannels(builder: OnnxBuilder, x: Value, block: number): Value {
  const channels = Number(x.shape.at(-1))
  const whole = wholeBlocks(channels, block)
  if (whole === channels) return x
  const rest = x.shape.slice(0, -1)
  const pads = [...x.shape.map(() => 0), ...rest.map(() => 0), whole - channels]
  const spec = { shape: [...rest, whole], dtype: x.dtype }
  return builder.node('Pad', [x, builder.ints(pads)], {}, spec)
}

/**
 * Whether a convolution to channels that are no whole blocks is quicker in blocks, with filters of zeros for those that are missing. Gathering a number that a window sees takes as long as
 * 16 multiplications in blocks, and a matrix product with few columns runs at a fraction of its speed: up to a block of channels too many is worth it. A filter of one pixel gathers none.
 */
export function isWorthFilling(
  { block }: Target,
  filter: readonly number[],
  windows: number,
): boolean {
  const outputs = wholeBlocks(filter.at(-1)!, block)
  const taps = filter.slice(0, -2)
  return (
    Number(sizeOf(taps)) > 1 && windows >= windowsWorthBlocking([...filter.slice(0, -1), outputs])
  )
}

/**
 * Whether images in blocks can be put together of parts along an axis, or parted: images lie one after the other, and so do whole blocks of channels, but
 * not pixels.
 */
export function canPartBlocks(parts: readonly Value[], axis: number, { block }: Target): boolean {
  if (block === 0) return false
  if (axis === 0) return true
  return parts.every(
    ({ shape, dtype }) =>
      dtype === 'float32' &&
      shape.length === 4 &&
      axis === 3 &&
      isStatic(shape) &&
      Number(shape[3]) % block === 0,
  )
}

/**
 * With how many windows a convolution in blocks is worth it. Reordering the filter costs about as much per number as gathering half a dozen numbers of the image, so a
 * large filter on a small image is better off with gathered rows. A filter of one pixel gathers none: there it stands against reordering the image itself, which
 * what lies around would have in blocks.
 *
 * @param filter [...kernel, inputs, outputs]
 */
export function windowsWorthBlocking(filter: readonly number[]): number {
  const isOnePixel = filter.slice(0, -2).every((size) => size === 1)
  return (isOnePixel ? 3 : 8) * filter.at(-1)!
}

/**
 * A filter [...kernel, inputs, outputs] in the order of the NCHWc convolution: [outputs / block, inputs / block, ...kernel, block of inputs,
 * block of outputs]; fewer inputs than a block stay as they are.
 */
export function blockFilter(builder: OnnxBuilder, filter: Value, block: number): Value {
  const shape = filter.shape as readonly number[]
  const kernel = shape.slice(0, -2)
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!]
  const taps = Number(sizeOf(kernel))
  const inner = inputs < block ? 1 : block
  const sizes = [outputs / block, inputs / inner, taps, inner]
  const index = builder.shared(`filter in blocks ${sizes}`, () => {
    const rows = new Int32Array((taps * inputs * outputs) / block)
    let at = 0
    for (let outer = 0; outer < sizes[0]!; outer++) {
      for (let group = 0; group < sizes[1]!; group++) {
        for (let tap = 0; tap < taps; tap++) {
          for (let input = 0; input < inner; input++) {
            rows[at++] = ((tap * sizes[1]! + group) * inner + input) * sizes[0]! + outer
          }
        }
      }
    }
    return constant(rows, [rows.length], 'int32')
  })
  // Gather moves rows of a block some times faster than Transpose does.
  const rows = builder.reshape(filter, [(taps * inputs * outputs) / block, block])
  return builder.reshape(builder.gather(rows, index, 0), [outputs, inputs, ...kernel])
}

/** Taps of a filter that are one by themselves. */
export interface FilterPart {
  readonly kernel: readonly number[]
  /** Where each lies in the whole filter. */
  readonly taps: readonly number[]
}

/** The same filter for the gradient by the input: taps reversed, inputs and outputs swapped. */
export function blockFlippedFilter(builder: OnnxBuilder, filter: Value, block: number): Value {
  const kernel = (filter.shape as readonly number[]).slice(0, -2)
  const taps = [...Array(Number(sizeOf(kernel))).keys()].reverse()
  return blockFlippedParts(builder, filter, [{ kernel, taps }], block)[0]!
}

/**
 * Parts of a filter for the gradient by the input, inputs and outputs swapped.
 *
 * onnxruntime's reordering of an image turns inputs inwards: it takes a quarter of a Transpose's time. What is left is to move whole squares of numbers.
 */
export function blockFlippedParts(
  builder: OnnxBuilder,
  filter: Value,
  parts: readonly FilterPart[],
  block: number,
): Value[] {
  const shape = filter.shape as readonly number[]
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!]
  const all = Number(sizeOf(shape.slice(0, -2)))
  const turned = reorder(builder, builder.reshape(filter, [all, inputs, 1, outputs]), {
    from: 'first',
    to: 'blocked',
    shape: [all, 1, outputs, inputs],
    block,
  })
  const [inner, outer] = [inputs / block, outputs / block]
  const squares = builder.reshape(turned, [all * inner * outer, block * block])
  return parts.map(({ kernel, taps }) => {
    const index = builder.shared(`flipped filter in blocks ${[inner, outer]} of ${taps}`, () => {
      const places = new Int32Array(taps.length * inner * outer)
      let at = 0
      for (let input = 0; input < inner; input++) {
        for (let output = 0; output < outer; output++) {
          for (const tap of taps) places[at++] = (tap * inner + input) * outer + output
        }
      }
      return constant(places, [places.length], 'int32')
    })
    return builder.reshape(builder.gather(squares, index, 0), [inputs, outputs, ...kernel])
  })
}

/**
 * The same filter turned for the gradient by the input, for channels of either side that are no whole blocks.
 *
 * @returns [...kernel, outputs, inputs]
 */
export function flippedFilter(builder: OnnxBuilder, filter: Value): Value {
  const shape = filter.shape as readonly number[]
  const kernel = shape.slice(0, -2)
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!]
  const taps = Number(sizeOf(kernel))
  const rows = reversed(builder, builder.reshape(filter, [taps, inputs, outputs]), [0])
  return builder.reshape(builder.transpose(rows, [0, 2, 1]), [...kernel, outputs, inputs])
}

/**
 * The NCHWc convolution to channels that are no whole blocks. Where a block has room for them, it computes several pixels beside each other at once, as channels: each has the filter at a place of its own
 * in a wider one.
 *
 * @param operands the image, blocked or channels first with fewer channels than a block; the filter [...kernel, inputs, outputs]; the bias, if there is one.
 * @param shape of the result, channels last, as it lies.
 */
export function filledConvolution(
  builder: OnnxBuilder,
  [x, filter, bias]: readonly [x: Value, filter: Value, bias?: Value | undefined],
  attrs: WindowAttributes,
  shape: Shape,
  block: number,
): Value {
  const [batch, height, width, outputs] = shape as readonly [number, number, number, number]
  const [rows, columns] = filter.shape as readonly [number, number]
  const count = pixelsAtOnce(columns, [width, outputs], attrs, block)
  const window =
    count === 1
      ? attrs
      : { ...attrs, kernel_shape: [rows, columns + count - 1], strides: [strideDown(attrs), count] }
  const wider = fillChannels(builder, besideEachOther(builder, filter, count), block)
  const operands = [x, blockFilter(builder, wider, block)]
  if (bias !== undefined) {
    const all = count === 1 ? bias : builder.concat(Array<Value>(count).fill(bias), 0)
    operands.push(fillChannels(builder, all, block))
  }
  const pixels = [batch, height, width / count]
  const whole = shapeIn('blocked', [...pixels, wholeBlocks(count * outputs, block)])
  const value = blockedConvolution(builder, operands, window, whole)
  const order = { from: 'blocked', to: 'last', shape: [...pixels, count * outputs], block } as const
  return builder.reshape(reorder(builder, value, order), shape)
}

type WindowAttributes = Readonly<Record<string, readonly number[] | string | number>>

const strideDown = ({ strides = [1, 1] }: WindowAttributes) => (strides as readonly number[])[0]!

/** How many pixels beside each other cost least, the width of the filter that sees them all counted. */
function pixelsAtOnce(
  columns: number,
  [width, outputs]: readonly [number, number],
  { strides = [1, 1], dilations = [1, 1] }: WindowAttributes,
  block: number,
): number {
  const isDense = [strides, dilations].every((each) => (each as readonly number[])[1] === 1)
  if (!isDense) return 1
  const cost = (count: number) => (columns + count - 1) / count
  const counts = Array.from({ length: Math.max(1, Math.floor(block / outputs)) }, (_, at) => at + 1)
  return counts
    .filter((count) => width % count === 0)
    .reduce((best, count) => (cost(count) < cost(best) ? count : best))
}

/** So many copies of a filter along its outputs, each a column further in a filter that is wide enough for all. */
function besideEachOther(builder: OnnxBuilder, filter: Value, count: number): Value {
  if (count === 1) return filter
  const [rows, columns, inputs, outputs] = filter.shape as readonly [number, number, number, number]
  const shape = [rows, columns + count - 1, inputs, outputs]
  const copies = Array.from({ length: count }, (_, at) => {
    const pads = builder.ints([0, at, 0, 0, 0, count - 1 - at, 0, 0])
    return builder.node('Pad', [filter, pads], {}, { shape, dtype: filter.dtype })
  })
  return builder.concat(copies, 3)
}

/** The NCHWc convolution itself; `x` is blocked, or channels first with fewer channels than a block. */
export function blockedConvolution(
  builder: OnnxBuilder,
  operands: readonly Value[],
  attrs: Readonly<Record<string, readonly number[] | string | number>>,
  shape: Shape,
): Value {
  return builder.node('Conv', operands, attrs, { shape, dtype: operands[0]!.dtype }, NCHWC)
}
