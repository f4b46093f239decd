import { sizeOf } from '../ir/index.ts'
import { convolution as inJavaScript, wrongBetweenWindows } from '../javascript/volumes.ts'
import { activatedRange, anything, keepsZero } from '../lower/activation.ts'
import {
  blockedConvolution,
  blockFilter,
  canBlock,
  windowsWorthBlocking,
} from '../lower/blocked-convolution.ts'
import { FEW_CHANNELS, oneHotRows, suitsColumns } from '../lower/columns.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { isChannelsFirst, windowChannelsLast } from '../lower/data-format.ts'
import { activated, biasVector } from '../lower/fused.ts'
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
import { pixelsOf } from '../lower/window.ts'
import { windowAttributes } from '../lower/window-attributes.ts'
import { winogradConvolution } from '../lower/winograd.ts'
import {
  isWorthTiles,
  isWorthTrying,
  type WinogradPlan,
  winogradPlan,
} from '../lower/winograd-plan.ts'
import { asBatch, asOneBatch } from './all-steps.ts'
import { convolutionChannels } from './channel-axes.ts'
import {
  type ConvolutionAttrs,
  direct,
  filterOf,
  multiply,
  windowFor,
} from './convolution-direct.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type KernelForm,
  type SizedSpec,
} from './declaration.ts'
import { conv2dGradient, conv3dGradient } from './gradients/convolutions.ts'

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] } as const

/** Convolutions over two and three spatial axes. Filters are [...kernel, inputs, outputs]. */
export const convolutionKernels: readonly KernelDeclaration[] = [
  defineKernel<ConvolutionAttrs>({
    kernel: 'Conv2D',
    allSteps: (context) => {
      if (!context.isStacked('x') || context.isStacked('filter')) return undefined
      return asOneBatch(context, { x: asBatch(context, 'x'), filter: context.input('filter') })
    },
    range: anything,
    channels: () => convolutionChannels,
    gradient: conv2dGradient,
    images: ['x'],
    sizeAttrs: ['pad'],
    infer,
    lower: direct,
    forms: formsOf(),
    examples: [
      { inputs: { x: { shape: [2, 5, 5, 3] }, filter: { shape: [3, 3, 3, 4] } }, attrs: unit },
      {
        name: 'strided',
        inputs: { x: { shape: [2, 6, 7, 3] }, filter: { shape: [3, 2, 3, 4] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'dilated valid',
        inputs: { x: { shape: [1, 7, 7, 2] }, filter: { shape: [3, 3, 2, 4] } },
        attrs: { ...unit, pad: 'valid', dilations: [2, 2] },
      },
      {
        name: 'explicit padding',
        inputs: { x: { shape: [1, 6, 6, 2] }, filter: { shape: [3, 3, 2, 3] } },
        attrs: {
          ...unit,
          strides: [2, 2],
          pad: [
            [0, 0],
            [1, 0],
            [0, 2],
            [0, 0],
          ],
        },
      },
      {
        name: 'taps over padding alone',
        inputs: { x: { shape: [2, 1, 2, 3] }, filter: { shape: [3, 3, 3, 4] } },
        attrs: { ...unit, strides: [1, 2] },
      },
      {
        name: 'taps over padding alone, pixels left over',
        inputs: { x: { shape: [2, 1, 3, 3] }, filter: { shape: [3, 1, 3, 4] } },
        attrs: { ...unit, strides: [1, 2] },
      },
      {
        name: 'one window over a part of the image',
        inputs: { x: { shape: [2, 2, 2, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'one window over padding alone',
        inputs: { x: { shape: [2, 2, 2, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: {
          ...unit,
          strides: [4, 2],
          pad: [
            [0, 0],
            [1, 0],
            [0, 0],
            [0, 0],
          ],
        },
      },
      {
        name: 'one window over all of the image',
        inputs: { x: { shape: [2, 3, 2, 3] }, filter: { shape: [3, 2, 3, 4] } },
        attrs: { ...unit, pad: 'valid' },
      },
      {
        name: 'few channels to many',
        inputs: { x: { shape: [2, 6, 6, 1] }, filter: { shape: [3, 3, 1, 32] } },
        attrs: unit,
      },
      {
        name: 'whole blocks',
        inputs: { x: { shape: [2, 5, 5, 32] }, filter: { shape: [3, 3, 32, 16] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'wide',
        inputs: { x: { shape: [2, 4, 4, 16] }, filter: { shape: [3, 3, 16, 8] } },
        attrs: unit,
      },
    ],
  }),
  defineKernel<ConvolutionAttrs>({
    kernel: 'FusedConv2D',
    range: activatedRange,
    channels: ({ activation }) => (keepsZero(activation) ? convolutionChannels : undefined),
    images: ['x', 'preluActivationWeights'],
    sizeAttrs: ['pad'],
    infer,
    lower: (context) => activated(context as never, direct(context)),
    forms: formsOf((context, result) => activated(context as never, result)),
    examples: [
      {
        inputs: {
          x: { shape: [2, 5, 5, 3] },
          filter: { shape: [3, 3, 3, 4] },
          bias: { shape: [4] },
        },
        attrs: { ...unit, activation: 'relu' },
      },
      {
        name: 'leaky, no bias',
        inputs: { x: { shape: [2, 5, 5, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: { ...unit, activation: 'leakyrelu', leakyreluAlpha: 0.3 },
      },
      {
        name: 'prelu',
        inputs: {
          x: { shape: [2, 5, 5, 3] },
          filter: { shape: [1, 1, 3, 4] },
          preluActivationWeights: { shape: [1, 1, 4] },
        },
        attrs: { ...unit, activation: 'prelu' },
      },
      {
        name: 'prelu per pixel',
        inputs: {
          x: { shape: [2, 5, 4, 3] },
          filter: { shape: [1, 1, 3, 2] },
          preluActivationWeights: { shape: [5, 4, 2] },
        },
        attrs: { ...unit, activation: 'prelu' },
      },
    ],
  }),
  defineKernel<ConvolutionAttrs>({
    kernel: 'Conv3D',
    range: anything,
    gradient: conv3dGradient,
    wrongInTfjs: wrongBetweenWindows(inJavaScript),
    images: ['x'],
    sizeAttrs: ['pad'],
    infer,
    lower: direct,
    examples: [
      {
        inputs: { x: { shape: [1, 4, 5, 5, 2] }, filter: { shape: [2, 3, 3, 2, 3] } },
        attrs: { strides: [1, 2, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
      },
      {
        name: 'with gaps',
        inputs: { x: { shape: [1, 5, 6, 7, 2] }, filter: { shape: [1, 2, 1, 2, 3] } },
        attrs: { strides: [3, 3, 3], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
      },
    ],
  }),
]

function infer({ inputs, attrs }: InferContext<ConvolutionAttrs>): SizedSpec {
  const { shape, dtype } = inputs.x!
  const filter = inputs.filter!.shape
  // A call with channels first keeps its order here; it is turned before it is lowered.
  const channelsFirst = isChannelsFirst(attrs)
  const space = channelsFirst ? shape.slice(2) : shape.slice(1, -1)
  const output = pixelsOf('convolution', space, filter.slice(0, -2), windowChannelsLast(attrs))
  const channels = filter.at(-1)!
  return {
    shape: channelsFirst ? [shape[0]!, channels, ...output] : [shape[0]!, ...output, channels],
    dtype,
  }
}

/** Forms for the CPU; `finish` is what a fused kernel adds. */
function formsOf(
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
      name: 'blocked',
      fits: (context) =>
        isPlanar(context) && isBlockable(context) && !context.has('preluActivationWeights'),
      isPromising: isWorthBlocking,
      lower: (context) => finish(context, blocked(context)),
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

function isWorthBlocking(context: LowerContext<ConvolutionAttrs>): boolean {
  const filter = filterOf(context)
  const windows = Number(sizeOf(context.node.outputs[0]!.shape.slice(0, -1)))
  return filter.at(-2)! < context.target.block || windows >= windowsWorthBlocking(filter)
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
