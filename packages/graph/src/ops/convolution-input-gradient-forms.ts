import type { Dim } from '../ir/index.ts'
import { sameShape, sizeOf, type Value } from '../ir/index.ts'
import {
  blockedConvolution,
  blockFlippedFilter,
  canBlock,
  filledConvolution,
  flippedFilter,
  isWorthFilling,
  wholeBlocks,
  windowsWorthBlocking,
} from '../lower/blocked-convolution.ts'
import { isOnePixel } from '../lower/blocked-filter-gradient.ts'
import { blockedPhases, canBlockPhases } from '../lower/blocked-input-gradient-phases.ts'
import {
  areRowTilesQuicker,
  blockedWinograd,
  type RowTiles,
  rowTiles,
} from '../lower/blocked-winograd.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { inputGradientByPhases } from '../lower/input-gradient-phases.ts'
import { shapeIn } from '../lower/layout.ts'
import {
  arePairsQuicker,
  isWorthPairing,
  type PairPlan,
  pairPlan,
  pairProducts,
} from '../lower/pixel-pairs.ts'
import { canBeSubPixels, FEW_SUB_PIXELS, subPixelConvolution } from '../lower/sub-pixels.ts'
import { transposedConvolution } from '../lower/transposed-window.ts'
import { trimFilter, trimWindow } from '../lower/trim.ts'
import { type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import { spreadRows } from '../lower/window-rows.ts'
import { winogradInputGradient } from '../lower/winograd.ts'
import {
  isWorthTiles,
  isWorthTrying,
  type WinogradPlan,
  winogradPlan,
} from '../lower/winograd-plan.ts'
import type { KernelForm } from './declaration.ts'
import { isJoinedBehind } from './joined-behind.ts'

export interface InputGradientAttrs extends WindowAttrs {
  /** [batch, ...space, channels] */
  readonly inputShape: readonly Dim[]
}

/** Forms for the CPU. */
export const inputGradientForms: readonly KernelForm<InputGradientAttrs>[] = [
  {
    name: 'winograd',
    isInexact: true,
    fits: (context) => isWorthTrying(tilesFor(context)),
    isPromising: (context) => isWorthTiles(tilesFor(context)),
    lower: byTiles,
  },
  {
    name: 'blocked-winograd',
    isInexact: true,
    fits: (context) =>
      canBlockGradient(context) &&
      rowTilesFor(context) !== undefined &&
      !isJoinedBehind(context as never),
    isPromising: (context) => isWorthBlocking(context) && areRowTilesQuicker(rowTilesFor(context)),
    lower: byRowTiles,
  },
  {
    name: 'blocked',
    fits: canBlockGradient,
    isPromising: isWorthBlocking,
    lower: (context) => blocked(context, windowFor(context)),
  },
  {
    name: 'filled',
    fits: (context) => isFillable(context) && hasPads(context),
    isPromising: (context) => {
      const { kernel, input } = windowFor(context)
      const [inputs, outputs] = filterOf(context).slice(-2) as [number, number]
      const pixels = Number(context.logical('dy').shape[0]) * Number(sizeOf(input))
      return isWorthFilling(context.target, [...kernel, outputs, inputs], pixels)
    },
    lower: filled,
  },
  {
    name: 'sub-pixels',
    fits: (context) => canBeSubPixels(context.target, filterOf(context), windowFor(context)),
    isPromising: (context) => {
      const { strides } = windowFor(context)
      const channels = Number(sizeOf(strides)) * filterOf(context).at(-2)!
      const filter = [...filterOf(context).slice(0, -2), filterOf(context).at(-1)!, channels]
      return (
        channels <= FEW_SUB_PIXELS && isWorthFilling(context.target, filter, windowsOf(context))
      )
    },
    lower: subPixels,
  },
  {
    name: 'pairs',
    fits: (context) => filterOf(context).length === 4 && isWorthPairing(pairsFor(context)),
    isPromising: (context) => arePairsQuicker(pairsFor(context)),
    lower: byPairs,
  },
  {
    name: 'blocked-phases',
    fits: (context) => canBlockPhases(context.target, filterOf(context), windowFor(context)),
    isPromising: (context) => windowsOf(context) >= windowsWorthBlocking(filterOf(context)),
    lower: inPhases,
  },
  {
    name: 'spread',
    // The filter is read as it lies: worth it where turning it would cost more than adding up the taps.
    fits: (context) => windowsOf(context) < 24 * filterOf(context).at(-1)!,
    isPromising: (context) => windowsOf(context) < 3 * filterOf(context).at(-1)!,
    lower: spread,
  },
  {
    name: 'phases',
    fits: () => true,
    lower: (context) => inputGradientByPhases(context, windowFor(context)),
  },
]

function filterOf(context: LowerContext<InputGradientAttrs>): readonly number[] {
  return context.logical('filter').shape as readonly number[]
}

/** Number of windows of the forward convolution, over the batch. */
function windowsOf(context: LowerContext<InputGradientAttrs>): number {
  return Number(sizeOf(context.logical('dy').shape.slice(0, -1)))
}

/** The window of the forward convolution. */
function windowFor(context: LowerContext<InputGradientAttrs>): Window {
  const { attrs, node } = context
  const space = node.outputs[0]!.shape.slice(1, -1) as readonly number[]
  return windowOf(space, filterOf(context).slice(0, -2), attrs)
}

/** The window of the convolution of dy that it is without a stride. */
function turnedWindow(context: LowerContext<InputGradientAttrs>): Window {
  const { kernel, before, input, output, ...rest } = windowFor(context)
  const sides = before.map((side, axis) => kernel[axis]! - 1 - side)
  return { ...rest, kernel, before: sides, input: output, output: input }
}

function tilesFor(context: LowerContext<InputGradientAttrs>): WinogradPlan | undefined {
  const [outputs, inputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('dy').shape[0])
  return winogradPlan({ window: turnedWindow(context), batch, inputs, outputs })
}

/** Whether the gradient can be a convolution in blocks. */
function canBlockGradient(context: LowerContext<InputGradientAttrs>): boolean {
  const filter = filterOf(context)
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  const isBlockable =
    filter.length === 4 &&
    Math.min(inputs, outputs) >= context.target.block &&
    canBlock(context.target, outputs, inputs)
  const hasNoStride = windowFor(context).strides.every((stride) => stride === 1)
  return isBlockable && hasNoStride && hasPads(context)
}

function isWorthBlocking(context: LowerContext<InputGradientAttrs>): boolean {
  return windowsOf(context) >= windowsWorthBlocking(filterOf(context))
}

function rowTilesFor(context: LowerContext<InputGradientAttrs>): RowTiles | undefined {
  const [outputs, inputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('dy').shape[0])
  return rowTiles({
    block: context.target.block,
    window: turnedWindow(context),
    batch,
    inputs,
    outputs,
  })
}

/** Winograd's along the height, in blocks of channels. */
function byRowTiles(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, target } = context
  const operands = { x: context.input('dy', 'blocked'), filter: context.input('filter') }
  const [window, tiles] = [turnedWindow(context), rowTilesFor(context)!]
  const value = blockedWinograd(builder, operands, window, tiles, target.block, true)
  return { value, layout: 'blocked' }
}

/** Winograd's, channels last. */
function byTiles(context: LowerContext<InputGradientAttrs>): Value {
  const operands = { dy: context.input('dy'), filter: context.input('filter') }
  return winogradInputGradient(context.builder, operands, turnedWindow(context), tilesFor(context)!)
}

function pairsFor(context: LowerContext<InputGradientAttrs>): PairPlan | undefined {
  const [inputs, outputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('dy').shape[0])
  const { window } = trimWindow(windowFor(context))
  return pairPlan({ window, batch, inputs, outputs }, true)
}

/** Products of the pixels and taps that meet alone, channels last. */
function byPairs(context: LowerContext<InputGradientAttrs>): Value {
  const { builder, node } = context
  const trimmed = trimWindow(windowFor(context))
  const filter = trimFilter(builder, context.input('filter'), trimmed)
  const operands = { x: context.input('dy'), filter }
  const sums = pairProducts(builder, operands, pairsFor(context)!, true)
  return builder.reshape(sums, node.outputs[0]!.shape)
}

/** One product of dy with each tap of the filter, added up where the taps came from. */
function spread(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, node } = context
  const trimmed = trimWindow(windowFor(context))
  const { window } = trimmed
  const filter = trimFilter(builder, context.input('filter'), trimmed)
  const [inputs, outputs] = filter.shape.slice(-2) as [number, number]
  const taps = Number(sizeOf(window.kernel))
  const { shape } = node.outputs[0]!
  const batch = Number(shape[0])
  const windows = Number(sizeOf(window.output))
  const dy = builder.reshape(context.input('dy'), [1, batch * windows, outputs])
  const perTap = builder.reshape(filter, [taps, inputs, outputs])
  const products = builder.node(
    'FusedMatMul',
    [dy, perTap],
    { transB: 1 },
    { shape: [taps, batch * windows, inputs], dtype: dy.dtype },
    'com.microsoft',
  )
  // As many windows as pixels may lie a step apart, in padding.
  if (isOnePixel(window) && sameShape(window.input, window.output)) {
    return { value: builder.reshape(products, shape), layout: 'last' }
  }
  const parts = builder.nodes(
    'Split',
    [products],
    { axis: 0 },
    Array.from({ length: taps }, () => ({ shape: [1, batch * windows, inputs], dtype: dy.dtype })),
  )
  const rows = parts.map((part) => builder.reshape(part, [batch, windows, inputs]))
  const image = { value: rows[0]!, space: window.input, layout: 'last' as const }
  return { value: spreadRows(builder, rows, image, window, shape), layout: 'last' }
}

/** Zeros around dy for the convolution that the gradient is: before each axis, then after each. Below zero where the forward's padding is larger than its filter reaches. */
function turnedPads({ kernel, before, input, output }: Window): number[] {
  // Pixels that no window reached need zeros at the far end, too.
  return [
    ...kernel.map((taps, axis) => taps - 1 - before[axis]!),
    ...input.map((size, axis) => size + before[axis]! - output[axis]!),
  ]
}

/** Whether onnxruntime has convolutions with such sides: none that cut dy off. */
function hasPads(context: LowerContext<InputGradientAttrs>): boolean {
  return turnedPads(windowFor(context)).every((side) => side >= 0)
}

/** Without a stride, the gradient is a convolution of dy with the filter turned round. */
function blocked(context: LowerContext<InputGradientAttrs>, window: Window): Placed {
  const { builder, target, node } = context
  const operands = [
    context.input('dy', 'blocked'),
    blockFlippedFilter(builder, context.input('filter'), target.block),
  ]
  const attrs = { kernel_shape: window.kernel, pads: turnedPads(window) }
  const shape = shapeIn('blocked', node.outputs[0]!.shape)
  return { value: blockedConvolution(builder, operands, attrs, shape), layout: 'blocked' }
}

/** Whether the forward's inputs, with more of them, or its outputs, being few, make such a convolution possible where there is none without. */
function isFillable(context: LowerContext<InputGradientAttrs>): boolean {
  const { target } = context
  const filter = filterOf(context)
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  if (filter.length !== 4 || target.block === 0) return false
  if (Math.min(inputs, outputs) >= target.block && canBlock(target, outputs, inputs)) return false
  return (
    canBlock(target, outputs, wholeBlocks(inputs, target.block)) &&
    windowFor(context).strides.every((stride) => stride === 1)
  )
}

/** The same for channels that are no whole blocks, on the one side or the other. */
function filled(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, target, node } = context
  const outputs = filterOf(context).at(-1)!
  const window = windowFor(context)
  const operands = [
    context.input('dy', outputs < target.block ? 'first' : 'blocked'),
    flippedFilter(builder, context.input('filter')),
  ] as const
  const attrs = { kernel_shape: window.kernel, pads: turnedPads(window) }
  const { shape } = node.outputs[0]!
  return { value: filledConvolution(builder, operands, attrs, shape, target.block), layout: 'last' }
}

/** With a stride, and few channels. */
function subPixels(context: LowerContext<InputGradientAttrs>): Value {
  const { builder, target } = context
  const outputs = filterOf(context).at(-1)!
  const dy = context.input('dy', outputs < target.block ? 'first' : 'blocked')
  return subPixelConvolution(builder, dy, context.input('filter'), windowFor(context), target.block)
}

/** With a stride, and whole blocks of channels. */
function inPhases(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, target, node } = context
  const operands = { dy: context.input('dy', 'blocked'), filter: context.input('filter') }
  const { shape } = node.outputs[0]!
  const value = blockedPhases(builder, operands, windowFor(context), shape, target.block)
  return { value, layout: 'blocked' }
}

/** ONNX ConvTranspose, channels first. */
export function transposed(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, attrs, node } = context
  const filter = context.logical('filter').shape as readonly number[]
  const { shape, dtype } = node.outputs[0]!
  const rank = filter.length
  const kernel = filter.slice(0, -2)
  const weights = builder.transpose(context.input('filter'), [rank - 1, rank - 2, ...kernel.keys()])
  const value = transposedConvolution(
    builder,
    [context.input('dy', 'first'), weights],
    { space: shape.slice(1, -1), kernel, attrs },
    { shape: [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)], dtype },
  )
  return { value, layout: 'first' }
}
