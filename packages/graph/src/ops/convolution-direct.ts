import { isStatic, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { biasVector } from '../lower/fused.ts'
import { shapeIn } from '../lower/layout.ts'
import { isTrimmed, type TrimmedWindow, trimFilter, trimWindow } from '../lower/trim.ts'
import { type Padding, type Window, windowOf } from '../lower/window.ts'
import { paddedSpace, windowNode } from '../lower/window-attributes.ts'

/** What tfjs's convolutions are called with. */
export interface ConvolutionAttrs {
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dilations?: number | readonly number[]
  readonly dataFormat?: string
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  readonly activation?: string
  readonly leakyreluAlpha?: number
}

/** ONNX's Conv, channels first; a matrix product where it has one window. Standard ONNX alone. */
export function direct(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, attrs, node } = context
  const whole = filterOf(context)
  const rank = whole.length
  const x = context.input('x', 'first')
  const without = isStatic(x.shape.slice(2)) ? trimWindow(windowFor(context)) : undefined
  if (without !== undefined && isLone(without)) return connected(context, without)
  const trimmed = without !== undefined && fitsConv(without, attrs) ? without : undefined
  const filter = trimmed
    ? trimFilter(builder, context.input('filter'), trimmed)
    : context.input('filter')
  const space = x.shape.slice(2)
  const kernel = trimmed?.window.kernel ?? whole.slice(0, -2)
  const padded = trimmed ? { ...attrs, pad: paddingOf(trimmed.window) } : attrs
  const taps = Array.from({ length: rank - 2 }, (_, axis) => axis)
  const { attributes, pads } = windowNode(space, kernel, padded)
  const image = pads === undefined ? x : paddedSpace(builder, x, pads, 0)
  const inputs = [image, builder.transpose(filter, [rank - 1, rank - 2, ...taps])]
  if (context.has('bias')) inputs.push(biasVector(context as never, whole.at(-1)!))
  const { shape, dtype } = node.outputs[0]!
  const spec = { shape: shapeIn('first', shape), dtype }
  const value = builder.node('Conv', inputs, attributes, spec)
  return { value, layout: 'first' }
}

/** Whether there were taps that only ever meet padding, and ONNX can say what is left. */
function fitsConv(trimmed: TrimmedWindow, attrs: ConvolutionAttrs): boolean {
  const { kernel, input, before, after, output } = trimmed.window
  // Pixels that no window reaches would be pads below zero.
  if (!isTrimmed(trimmed) || [...before, ...after].some((side) => side < 0)) return false
  const again = windowOf(input, kernel, { ...attrs, pad: paddingOf(trimmed.window) })
  return again.output.every((count, axis) => count === output[axis])
}

function paddingOf({ before, after }: Window): Padding {
  return [[0, 0], ...before.map((side, axis) => [side, after[axis]!] as const), [0, 0]]
}

/** Pixels of an image for each that its one window sees, up to which a product with all of them is as quick. */
const MOST_UNSEEN = 4

/**
 * Whether there is one window alone and a product with the whole image does the same. One whose taps each see a pixel, and all of them, stays a convolution:
 * nothing is gained that would be worth two reshapes.
 */
function isLone(trimmed: TrimmedWindow): boolean {
  const { kernel, dilations, input, output, before, after } = trimmed.window
  const [seen, pixels] = [Number(sizeOf(kernel)), Number(sizeOf(input))]
  return (
    output.every((count) => count === 1) &&
    // With no tap on a pixel, the window is not trimmed.
    [...before, ...after].every((side) => side <= 0) &&
    kernel.every((size, axis) => size === 1 || dilations[axis] === 1) &&
    (isTrimmed(trimmed) || pixels > seen) &&
    pixels <= MOST_UNSEEN * seen
  )
}

/** A matrix product with the whole image, whose numbers stand with channels first; runtimes do it some times faster than a convolution. */
function connected(context: LowerContext<ConvolutionAttrs>, trimmed: TrimmedWindow): Placed {
  const { builder, node } = context
  const x = context.input('x', 'first')
  const filter = spreadFilter(
    builder,
    trimFilter(builder, context.input('filter'), trimmed),
    trimmed.window,
  )
  const rank = filter.shape.length
  const taps = Array.from({ length: rank - 2 }, (_, axis) => axis)
  const width = Number(sizeOf(x.shape.slice(1)))
  const turned = builder.transpose(filter, [rank - 2, ...taps, rank - 1])
  const weights = builder.reshape(turned, [width, filter.shape.at(-1)!])
  const product = multiply(context, builder.reshape(x, [x.shape[0]!, width]), weights)
  return {
    value: builder.reshape(product, shapeIn('first', node.outputs[0]!.shape)),
    layout: 'first',
  }
}

/** A filter for one window, as large as the image: zeros for pixels that it does not see. */
function spreadFilter(
  builder: OnnxBuilder,
  filter: Value,
  { before, after, input }: Window,
): Value {
  // Pixels are passed over, so these are zero or less.
  const [starts, ends] = [before, after].map((sides) => sides.map((side) => Math.abs(side)))
  if ([...starts!, ...ends!].every((side) => side === 0)) return filter
  const pads = builder.ints([...starts!, 0, 0, ...ends!, 0, 0])
  const shape = [...input, ...filter.shape.slice(-2)]
  return builder.node('Pad', [filter, pads], {}, { shape, dtype: filter.dtype })
}

/** Rows times a convolution's filter as a matrix, and its bias. */
export function multiply(
  context: LowerContext<ConvolutionAttrs>,
  rows: Value,
  weights: Value,
): Value {
  const { builder } = context
  if (!context.has('bias')) return builder.matMul(rows, weights)
  const bias = biasVector(context as never, Number(weights.shape[1]))
  const spec = { shape: [rows.shape[0]!, weights.shape[1]!], dtype: rows.dtype }
  return builder.node('Gemm', [rows, weights, bias], {}, spec)
}

/** Shape of the filter, [...kernel, inputs, outputs]. */
export function filterOf(context: LowerContext<ConvolutionAttrs>): readonly number[] {
  return context.logical('filter').shape as readonly number[]
}

/** How the filter moves. */
export function windowFor(context: LowerContext<ConvolutionAttrs>): Window {
  const space = context.logical('x').shape.slice(1, -1) as readonly number[]
  return windowOf(space, filterOf(context).slice(0, -2), context.attrs)
}
