import { sizeOf } from '../ir/index.ts'
import {
  blockedConvolution,
  blockFilter,
  canBlock,
  filledConvolution,
  isWorthFilling,
  wholeBlocks,
  windowsWorthBlocking,
} from '../lower/blocked-convolution.ts'
import {
  areRowTilesQuicker,
  blockedWinograd,
  type RowTiles,
  rowTiles,
} from '../lower/blocked-winograd.ts'
import { FEW_CHANNELS, oneHotRows, suitsColumns } from '../lower/columns.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { biasVector } from '../lower/fused.ts'
import { im2col } from '../lower/im2col.ts'
import { shapeIn } from '../lower/layout.ts'
import {
  arePairsQuicker,
  isWorthPairing,
  type PairPlan,
  pairPlan,
  pairProducts,
} from '../lower/pixel-pairs.ts'
import { trimFilter, trimWindow } from '../lower/trim.ts'
import { windowAttributes } from '../lower/window-attributes.ts'
import { winogradConvolution } from '../lower/winograd.ts'
import {
  isWorthTiles,
  isWorthTrying,
  type WinogradPlan,
  winogradPlan,
} from '../lower/winograd-plan.ts'
import { type ConvolutionAttrs, filterOf, multiply, windowFor } from './convolution-direct.ts'
import type { KernelForm } from './declaration.ts'
import { isJoinedBehind } from './joined-behind.ts'

/** Forms for the CPU; `finish` is what a fused kernel adds. */
export function convolutionForms(
  finish: (context: LowerContext<ConvolutionAttrs>, result: Placed) => Placed = (_, result) =>
    result,
): readonly KernelForm<ConvolutionAttrs>[] {
  return [
    {
      name: 'winograd',
      isInexact: true,
      fits: (context) => isWorthTrying(tilesFor(context)),
      isPromising: (context) => isWorthTiles(tilesFor(context)),
      lower: (context) => finish(context, byTiles(context)),
    },
    {
      name: 'blocked-winograd',
      isInexact: true,
      fits: (context) => canTileRows(context) && rowTilesFor(context) !== undefined,
      isPromising: (context) =>
        isWorthBlocking(context) && areRowTilesQuicker(rowTilesFor(context)),
      lower: (context) => finish(context, byRowTiles(context)),
    },
    {
      name: 'blocked',
      fits: (context) =>
        isPlanar(context) && isBlockable(context) && !context.has('preluActivationWeights'),
      isPromising: isWorthBlocking,
      lower: (context) => finish(context, blocked(context)),
    },
    {
      name: 'filled',
      fits: (context) =>
        isPlanar(context) && isFillable(context) && !context.has('preluActivationWeights'),
      isPromising: (context) =>
        isWorthFilling(context.target, filterOf(context), windowsOf(context)),
      lower: (context) => finish(context, filled(context)),
    },
    {
      name: 'pairs',
      fits: (context) => isPlanar(context) && isWorthPairing(pairsFor(context)),
      isPromising: (context) => arePairsQuicker(pairsFor(context)),
      lower: (context) => finish(context, byPairs(context)),
    },
    {
      name: 'rows',
      // Rows of few channels are too short to be gathered one by one.
      fits: (context) => isPlanar(context) && filterOf(context).at(-2)! >= FEW_CHANNELS,
      lower: (context) => finish(context, byRows(context)),
    },
    {
      name: 'columns',
      fits: (context) => {
        const filter = filterOf(context)
        return isPlanar(context) && suitsColumns(filter.slice(0, -2), filter.at(-2)!)
      },
      // Windows that overlap much are mostly copies of each other.
      isPromising: (context) => {
        const { kernel, strides } = windowFor(context)
        return Number(sizeOf(kernel)) <= 9 * Number(sizeOf(strides))
      },
      lower: (context) => finish(context, byColumns(context)),
    },
  ]
}

function isPlanar(context: LowerContext<ConvolutionAttrs>): boolean {
  return filterOf(context).length === 4
}

function isBlockable(context: LowerContext<ConvolutionAttrs>): boolean {
  const filter = filterOf(context)
  return canBlock(context.target, filter.at(-2)!, filter.at(-1)!)
}

/** Whether more outputs would make them whole blocks. */
function isFillable(context: LowerContext<ConvolutionAttrs>): boolean {
  const { target } = context
  if (target.block === 0 || isBlockable(context)) return false
  const filter = filterOf(context)
  return canBlock(target, filter.at(-2)!, wholeBlocks(filter.at(-1)!, target.block))
}

/** Whether rows of whole blocks can be transformed. A bias and what follows are the blocked convolution's own, which costs no pass over memory. */
function canTileRows(context: LowerContext<ConvolutionAttrs>): boolean {
  const { activation } = context.attrs
  const isActivated = activation !== undefined && activation !== 'linear'
  const isWhole = filterOf(context).at(-2)! >= context.target.block
  return (
    isPlanar(context) &&
    isBlockable(context) &&
    isWhole &&
    !context.has('bias') &&
    !isActivated &&
    !isJoinedBehind(context as never)
  )
}

function rowTilesFor(context: LowerContext<ConvolutionAttrs>): RowTiles | undefined {
  const [inputs, outputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('x').shape[0])
  return rowTiles({
    block: context.target.block,
    window: windowFor(context),
    batch,
    inputs,
    outputs,
  })
}

/** Winograd's along the height, in blocks of channels. */
function byRowTiles(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, target } = context
  const operands = { x: context.input('x', 'blocked'), filter: context.input('filter') }
  const tiles = rowTilesFor(context)!
  const value = blockedWinograd(builder, operands, windowFor(context), tiles, target.block)
  return { value, layout: 'blocked' }
}

function windowsOf(context: LowerContext<ConvolutionAttrs>): number {
  return Number(sizeOf(context.node.outputs[0]!.shape.slice(0, -1)))
}

function isWorthBlocking(context: LowerContext<ConvolutionAttrs>): boolean {
  const filter = filterOf(context)
  return filter.at(-2)! < context.target.block || windowsOf(context) >= windowsWorthBlocking(filter)
}

/** onnxruntime's NCHWc convolution, written into the graph: the kernel that onnxruntime picks by itself for constant filters only. */
function blocked(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, attrs, target, node } = context
  const filter = filterOf(context)
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  const x = context.input('x', inputs < target.block ? 'first' : 'blocked')
  const operands = [x, blockFilter(builder, context.input('filter'), target.block)]
  if (context.has('bias')) operands.push(biasVector(context as never, outputs))
  const window = windowAttributes(x.shape.slice(2), filter.slice(0, -2), attrs)
  const shape = shapeIn('blocked', node.outputs[0]!.shape)
  return { value: blockedConvolution(builder, operands, window, shape), layout: 'blocked' }
}

/** The same for outputs that are no whole blocks. */
function filled(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, attrs, target, node } = context
  const filter = filterOf(context)
  const x = context.input('x', filter.at(-2)! < target.block ? 'first' : 'blocked')
  const bias = context.has('bias') ? biasVector(context as never, filter.at(-1)!) : undefined
  const window = windowAttributes(x.shape.slice(2), filter.slice(0, -2), attrs)
  const operands = [x, context.input('filter'), bias] as const
  const { shape } = node.outputs[0]!
  return {
    value: filledConvolution(builder, operands, window, shape, target.block),
    layout: 'last',
  }
}

function tilesFor(context: LowerContext<ConvolutionAttrs>): WinogradPlan | undefined {
  const [inputs, outputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('x').shape[0])
  return winogradPlan({ window: windowFor(context), batch, inputs, outputs })
}

/** Winograd's, channels last. */
function byTiles(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder } = context
  const operands = { x: context.input('x'), filter: context.input('filter') }
  const window = windowFor(context)
  const value = winogradConvolution(builder, operands, window, tilesFor(context)!)
  if (!context.has('bias')) return { value, layout: 'last' }
  const bias = biasVector(context as never, filterOf(context).at(-1)!)
  return { value: builder.add(value, bias), layout: 'last' }
}

function pairsFor(context: LowerContext<ConvolutionAttrs>): PairPlan | undefined {
  const [inputs, outputs] = filterOf(context).slice(-2) as [number, number]
  const batch = Number(context.logical('x').shape[0])
  return pairPlan({ window: trimWindow(windowFor(context)).window, batch, inputs, outputs })
}

/** Products of the pixels and taps that meet alone, channels last. */
function byPairs(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, node } = context
  const trimmed = trimWindow(windowFor(context))
  const filter = trimFilter(builder, context.input('filter'), trimmed)
  const sums = pairProducts(builder, { x: context.input('x'), filter }, pairsFor(context)!)
  const value = builder.reshape(sums, node.outputs[0]!.shape)
  if (!context.has('bias')) return { value, layout: 'last' }
  const bias = biasVector(context as never, filter.shape.at(-1) as number)
  return { value: builder.add(value, bias), layout: 'last' }
}

/** One matrix product over the rows that each window sees, channels last. */
function byRows(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, node } = context
  const trimmed = trimWindow(windowFor(context))
  const rows = im2col(builder, context.input('x'), trimmed.window)
  const outputs = filterOf(context).at(-1)!
  const filter = trimFilter(builder, context.input('filter'), trimmed)
  const weights = builder.reshape(filter, [rows.shape[1]!, outputs])
  return {
    value: builder.reshape(multiply(context, rows, weights), node.outputs[0]!.shape),
    layout: 'last',
  }
}

/** The same over the columns of few channels. */
function byColumns(context: LowerContext<ConvolutionAttrs>): Placed {
  const { builder, node } = context
  const rows = oneHotRows(builder, context.input('x', 'first'), windowFor(context))
  const weights = builder.reshape(context.input('filter'), [
    rows.shape[1]!,
    filterOf(context).at(-1)!,
  ])
  return {
    value: builder.reshape(multiply(context, rows, weights), node.outputs[0]!.shape),
    layout: 'last',
  }
}
