import type { Value } from '../ir/index.ts'
import { blockedConvolution, fillChannels, wholeBlocks } from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'

// onnxruntime's NCHWc convolution has a loop of its own for as many groups as channels. Its filter is [channels / block, ...kernel, block].

/** Channels that are no whole blocks may become so many times as many: ONNX's Conv with a group for each takes several times as long for each of them. */
const MOST_GROWTH = 3

/** Whether it takes a convolution of each channel by itself, each as often as the filter multiplies it, with channels of zeros up to whole blocks. */
export function canBlockDepthwise(block: number, filter: readonly number[]): boolean {
  const [, , inputs, multiplier] = filter as readonly [number, number, number, number]
  const channels = inputs * multiplier
  if (block === 0 || channels === 0) return false
  return wholeBlocks(channels, block) <= MOST_GROWTH * channels
}

/** The convolution; `x` is blocked, `filter` is [height, width, channels, 1]: the image may have more channels, up to whole blocks. */
export function blockedDepthwise(
  builder: OnnxBuilder,
  [x, filter, bias]: readonly [x: Value, filter: Value, bias?: Value],
  { strides, dilations, before, after, kernel, output }: Window,
  block: number,
): Value {
  const [batch, channels] = x.shape as readonly number[]
  const operands = [x, filterInBlocks(builder, filter, block)]
  if (bias !== undefined) operands.push(fillChannels(builder, bias, block))
  const attrs = {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...after],
    group: channels!,
  }
  return blockedConvolution(builder, operands, attrs, [batch!, channels!, ...output])
}

function filterInBlocks(builder: OnnxBuilder, filter: Value, block: number): Value {
  const [height, width, own] = filter.shape as readonly [number, number, number]
  const taps = height * width
  const channels = wholeBlocks(own, block)
  const whole = fillChannels(builder, builder.reshape(filter, [taps, own]), block)
  const split = builder.reshape(whole, [taps, channels / block, block])
  return builder.reshape(builder.transpose(split, [1, 0, 2]), [channels, 1, height, width])
}

/**
 * Zeros that the image of the gradient by the input needs at each end of its axes, where its pixels stand `stride` apart; undefined where a pixel at the far
 * end would have to go.
 */
export function spreadPads({
  kernel,
  strides,
  dilations,
  before,
  input,
  output,
}: Window): { readonly before: number[]; readonly after: number[] } | undefined {
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]!)
  const first = reach.map((each, axis) => each - before[axis]!)
  const last = input.map(
    (size, axis) => size + reach[axis]! - first[axis]! - output[axis]! * strides[axis]!,
  )
  return [...first, ...last].some((side) => side < 0) ? undefined : { before: first, after: last }
}

/**
 * The gradient by the input: dy, its pixels `stride` apart with zeros between, under the filter turned round.
 *
 * @param dy blocked.
 * @param filter [height, width, channels, 1]
 */
export function blockedDepthwiseByInput(
  builder: OnnxBuilder,
  [dy, filter]: readonly [dy: Value, filter: Value],
  window: Window,
  block: number,
): Value {
  const { kernel, dilations, input } = window
  const [height, width, channels] = filter.shape as readonly [number, number, number, number]
  const taps = height * width
  const turned = builder.gather(
    builder.reshape(filter, [taps, channels]),
    builder.ints(Array.from({ length: taps }, (_, tap) => taps - 1 - tap)),
    0,
  )
  const operands = [spreadPixels(builder, dy, window, block), builder.reshape(turned, filter.shape)]
  const plain: Window = {
    ...{ kernel, dilations, input, strides: [1, 1], output: input },
    ...spreadPads(window)!,
  }
  return blockedDepthwise(builder, operands as [Value, Value], plain, block)
}

/**
 * Zeros around each image: a convolution of each channel by itself under a filter of one pixel, which threads share where a Pad is of one thread.
 *
 * @param x blocked.
 * @param sides how many rows and columns, none of them below zero: above, left, below, right.
 */
export function blockedPad(builder: OnnxBuilder, x: Value, sides: readonly number[]): Value {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number]
  const [above, left, below, right] = sides as readonly [number, number, number, number]
  const shape = [batch, channels, height + above + below, width + left + right]
  return eachPixel(builder, x, { pads: [above, left, below, right] }, shape)
}

/**
 * Every so manieth pixel, from the first on, in the same way.
 *
 * @param x blocked.
 * @param count how many rows and columns there are of them.
 */
export function blockedPick(
  builder: OnnxBuilder,
  x: Value,
  strides: readonly number[],
  count: readonly number[],
): Value {
  const [batch, channels, ...size] = x.shape as readonly number[]
  if (count.every((each, axis) => each === size[axis])) return x
  return eachPixel(builder, x, { strides }, [batch!, channels!, ...count])
}

/** A convolution of each channel by itself under a filter of one pixel, which leaves numbers as they are. */
function eachPixel(
  builder: OnnxBuilder,
  x: Value,
  moved: Readonly<Record<string, readonly number[]>>,
  shape: readonly number[],
): Value {
  const channels = shape[1]!
  const attrs = { ...moved, kernel_shape: [1, 1], group: channels }
  return blockedConvolution(builder, [x, builder.ones(1, [channels, 1, 1, 1])], attrs, shape)
}

function spreadPixels(
  builder: OnnxBuilder,
  dy: Value,
  { strides, output }: Window,
  block: number,
): Value {
  const [vertical, horizontal] = strides as readonly [number, number]
  if (vertical === 1 && horizontal === 1) return dy
  const [batch, channels] = dy.shape as readonly [number, number]
  const [height, width] = output as readonly [number, number]
  const rows = (batch * channels * height) / block
  const pixels = builder.reshape(dy, [rows, 1, width, block])
  const ends = builder.ints([0, 0, 0, 0, 0, vertical - 1, 0, (horizontal - 1) * block])
  const shape = [rows, vertical, width, horizontal * block]
  const spread = builder.node('Pad', [pixels, ends], {}, { shape, dtype: dy.dtype })
  return builder.reshape(spread, [batch, channels, height * vertical, width * horizontal])
}

/**
 * The gradient by the filter: each channel of each image is one by itself, under the filter that dy is. So the sum over pixels is the convolution's own, and
 * neither x nor dy is turned or copied.
 *
 * @param x blocked.
 * @param dy blocked.
 * @returns [height, width, channels, 1], of as many channels as the images have in blocks.
 */
export function blockedDepthwiseByFilter(
  builder: OnnxBuilder,
  [x, dy]: readonly [x: Value, dy: Value],
  { kernel, strides, dilations, before, after, input, output }: Window,
  block: number,
): Value {
  const [batch, channels] = x.shape as readonly [number, number]
  const all = batch * channels
  const blocks = channels / block
  // onnxruntime computes the places one by one whose window passes a side, and several at a time else.
  const [left, right] = [before[1]!, after[1]!]
  const wider = left + right === 0 ? x : blockedPad(builder, x, [0, left, 0, right])
  const operands = [
    builder.reshape(wider, [1, all, input[0]!, input[1]! + left + right]),
    builder.reshape(dy, [all, 1, ...output]),
  ]
  const attrs = {
    kernel_shape: output,
    strides: dilations,
    dilations: strides,
    pads: [before[0]!, 0, after[0]!, 0],
    group: all,
  }
  // Pixels that no window reaches make places beyond the taps.
  const [height, width] = kernel.map((_, axis) => {
    const reach = (output[axis]! - 1) * strides[axis]! + 1
    const free = input[axis]! + before[axis]! + after[axis]! - reach
    return Math.floor(free / dilations[axis]!) + 1
  }) as [number, number]
  const each = blockedConvolution(builder, operands, attrs, [1, all, height, width])
  const byImage = builder.reshape(each, [batch, blocks * height * width * block])
  const sums = builder.matMul(builder.ones(1, [1, batch]), byImage)
  const places = builder.reshape(sums, [blocks, height, width, block])
  const shape = [blocks, ...kernel, block]
  const isWhole = height === kernel[0] && width === kernel[1]
  const taps = isWhole ? places : builder.slice(places, [1, 2], [0, 0], kernel, shape)
  return builder.reshape(builder.transpose(taps, [1, 2, 0, 3]), [...kernel, channels, 1])
}
