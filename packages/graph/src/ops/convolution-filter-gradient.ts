import { isStatic, sameShape, sizeOf, staticShape, type Value } from '../ir/index.ts'
import {
  convolutionFilterGradient as inJavaScript,
  wrongBetweenWindows,
} from '../javascript/volumes.ts'
import { fillChannels, flippedFilter, wholeBlocks } from '../lower/blocked-convolution.ts'
import {
  blockedFilterGradient,
  canBlockFilterGradient,
  type FilterGradientOperands,
  isOnePixel,
  turnedWindow,
} from '../lower/blocked-filter-gradient.ts'
import { oneHotColumns, oneHotRows, suitsColumns, timesTransposed } from '../lower/columns.ts'
import type { LowerContext } from '../lower/context.ts'
import { im2col } from '../lower/im2col.ts'
import type { Layout } from '../lower/layout.ts'
import { isWorthProducts, onePixelFilterGradient } from '../lower/one-pixel-filter-gradient.ts'
import type { PlaneWindows } from '../lower/plane-windows.ts'
import { sliceAt } from '../lower/slices.ts'
import { padFilter, trimWindow } from '../lower/trim.ts'
import type { WindowAttrs } from '../lower/window.ts'
import { type Window, windowOf } from '../lower/window.ts'
import { winogradFilterGradient } from '../lower/winograd.ts'
import {
  isWorthTiles,
  isWorthTrying,
  type WinogradPlan,
  winogradPlan,
} from '../lower/winograd-plan.ts'
import { asBatch } from './all-steps.ts'
import { filterGradientChannels } from './channel-axes.ts'
import { defineKernel, type KernelDeclaration, type KernelForm } from './declaration.ts'
import { conv2dFilterGradient, conv3dFilterGradient } from './gradients/convolutions.ts'

interface FilterGradientAttrs extends WindowAttrs {
  /** [...kernel, inputs, outputs] */
  readonly filterShape: readonly number[]
}

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC' } as const

const forms: readonly KernelForm<FilterGradientAttrs>[] = [
  {
    name: 'winograd',
    isInexact: true,
    fits: (context) => isWorthTrying(tilesFor(context)),
    isPromising: (context) => isWorthTiles(tilesFor(context)),
    lower: byTiles,
  },
  {
    name: 'images',
    fits: (context) => {
      const window = windowFor(context)
      // Each image is a product of its own.
      const isFixed = isStatic(context.logical('dy').shape)
      return isFixed && isOnePixel(window) && sameShape(window.input, window.output)
    },
    isPromising: (context) => {
      const isAtHand = ['x', 'dy'].every((name) => context.layoutOf(name) !== 'last')
      const [inputs, outputs] = context.attrs.filterShape.slice(-2) as [number, number]
      return isAtHand && isWorthProducts(windowFor(context).output, inputs, outputs)
    },
    lower: (context) => {
      const { builder, attrs } = context
      const [x, dy] = [context.input('x', 'first'), context.input('dy', 'first')]
      return builder.reshape(onePixelFilterGradient(builder, x, dy), attrs.filterShape)
    },
  },
  {
    name: 'blocked',
    fits: (context) => canBlockWith(context, context.attrs.filterShape.at(-1)!, windowFor(context)),
    // The sum over a single pixel is too short to pay for the reordering of its result.
    isPromising: (context) => Number(sizeOf(windowFor(context).output)) > 1,
    lower: blocked,
  },
  {
    name: 'turned',
    fits: (context) => {
      const { filterShape } = context.attrs
      if (filterShape.length !== 4 || filterShape.at(-1)! % context.target.block === 0) return false
      const window = turnedWindow(windowFor(context))
      const isOutside = [...window.before, ...window.after].every((side) => side >= 0)
      const hasNoStride = window.strides.every((stride) => stride === 1)
      return hasNoStride && isOutside && canBlockWith(context, filterShape.at(-2)!, window)
    },
    isPromising: isWindowed,
    lower: turned,
  },
  {
    name: 'filled',
    fits: (context) => {
      const { target, attrs } = context
      const outputs = attrs.filterShape.at(-1)!
      if (target.block === 0 || outputs % target.block === 0) return false
      return canBlockWith(context, wholeBlocks(outputs, target.block), windowFor(context))
    },
    isPromising: isWindowed,
    lower: filled,
  },
  { name: 'rows', fits: () => true, lower: byFilter },
]

/** Derivatives of convolutions by their filters. */
export const convolutionFilterGradientKernels: readonly KernelDeclaration[] = (
  ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2'] as const
).map((kernel, index) =>
  defineKernel<FilterGradientAttrs>({
    kernel,
    gradient: index === 0 ? conv2dFilterGradient : conv3dFilterGradient,
    ...(index === 0 && { channels: () => filterGradientChannels }),
    ...(index === 1 && { wrongInTfjs: wrongBetweenWindows(inJavaScript) }),
    images: ['x', 'dy'],
    sumOfSteps: (context) => {
      const { node, attrs, isStacked, call } = context
      if (!isStacked('x') || !isStacked('dy')) return undefined
      const inputs = { x: asBatch(context, 'x'), dy: asBatch(context, 'dy') }
      return call(node.op, inputs, node.outputs[0]!.shape, attrs as never)
    },
    infer: ({ inputs, attrs }) => ({ shape: attrs.filterShape, dtype: inputs.x!.dtype }),
    lower: byFilter,
    forms,
    examples:
      index === 0
        ? filterExamples()
        : [
            {
              inputs: { x: { shape: [2, 3, 3, 3, 3] }, dy: { shape: [2, 3, 3, 3, 2] } },
              attrs: { strides: [1, 1, 1], pad: 'same', filterShape: [2, 2, 2, 3, 2] },
            },
            {
              name: 'with gaps',
              inputs: { x: { shape: [1, 5, 6, 7, 2] }, dy: { shape: [1, 2, 2, 3, 3] } },
              attrs: { strides: [3, 3, 3], pad: 'same', filterShape: [1, 2, 1, 2, 3] },
            },
          ],
  }),
)

function windowFor({ attrs, node, ...context }: LowerContext<FilterGradientAttrs>): Window {
  const space = staticShape(context.logical('x').shape.slice(1, -1), node.scope || node.op)
  return windowOf(space, attrs.filterShape.slice(0, -2), attrs)
}

function canBlockWith(
  context: LowerContext<FilterGradientAttrs>,
  outputs: number,
  window: Window,
): boolean {
  const batch = Number(context.logical('dy').shape[0])
  return canBlockFilterGradient(context.target.block, [batch, outputs], window)
}

/** Whether more is to be gathered than the image itself, and the sum is a long one. */
function isWindowed(context: LowerContext<FilterGradientAttrs>): boolean {
  const { kernel, output } = windowFor(context)
  return Number(sizeOf(kernel)) > 1 && Number(sizeOf(output)) > 1
}

/** The same tiles as the convolution's own, so that they are transformed once. */
function tilesFor(context: LowerContext<FilterGradientAttrs>): WinogradPlan | undefined {
  const [inputs, outputs] = context.attrs.filterShape.slice(-2) as [number, number]
  const batch = Number(context.logical('x').shape[0])
  return winogradPlan({ window: windowFor(context), batch, inputs, outputs })
}

/** Winograd's. */
function byTiles(context: LowerContext<FilterGradientAttrs>): Value {
  const operands = { x: context.input('x'), dy: context.input('dy') }
  return winogradFilterGradient(context.builder, operands, windowFor(context), tilesFor(context)!)
}

/** One NCHWc convolution with the images as channels. */
function blocked(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs, target } = context
  const trimmed = trimWindow(windowFor(context))
  const xLayout = imagesLayout(context, trimmed.window)
  const operands = {
    x: context.input('x', xLayout),
    xLayout,
    ...dyOf(context),
    outputs: attrs.filterShape.at(-1)!,
  } as const
  const gradient = blockedFilterGradient(builder, operands, trimmed.window, target.block)
  return padFilter(builder, gradient, trimmed)
}

/** For outputs that are no whole blocks: x's channels, which are, take their place, and dy that of the image. */
function turned(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs, target } = context
  const layout = context.layoutsOf('x').includes('blocked') ? 'blocked' : 'last'
  const operands: FilterGradientOperands = {
    ...{ x: context.input('dy'), xLayout: 'last' },
    ...{ dy: context.input('x', layout), dyLayout: layout },
    outputs: attrs.filterShape.at(-2)!,
  } as const
  const window = turnedWindow(windowFor(context))
  return flippedFilter(builder, blockedFilterGradient(builder, operands, window, target.block))
}

/** For channels of which neither are whole blocks: zeros are added to dy. */
function filled(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs, target } = context
  const { filterShape } = attrs
  const trimmed = trimWindow(windowFor(context))
  const dy = fillChannels(builder, context.input('dy'), target.block)
  const operands = {
    ...({ x: context.input('x'), xLayout: 'last' } as const),
    ...({ dy, dyLayout: 'last' } as const),
    outputs: Number(dy.shape.at(-1)),
  }
  const wide = blockedFilterGradient(builder, operands, trimmed.window, target.block)
  const own = [...wide.shape.slice(0, -1), filterShape.at(-1)!]
  const gradient = sliceAt(builder, wide, [0, 0, 0, 0], own)
  return padFilter(builder, gradient, trimmed)
}

/** dy, or what its planes are stacked of where each is whole blocks: what is moved in blocks of images anyway need not be stacked before. */
function dyOf({
  earlier,
  input,
  layoutsOf,
  logical,
  target,
}: LowerContext<FilterGradientAttrs>): Pick<FilterGradientOperands, 'dy' | 'dyLayout' | 'windows'> {
  const layoutIn = (layouts: readonly Layout[]) =>
    layouts.includes('blocked') ? 'blocked' : 'last'
  const { node } = logical('dy')
  const planes = node?.op === 'StackPlanes' ? node.inputs[0] : undefined
  if (planes === undefined || Number(planes.shape.at(-1)) % target.block !== 0) {
    const dyLayout = layoutIn(layoutsOf('dy'))
    return { dy: input('dy', dyLayout), dyLayout }
  }
  const dyLayout = layoutIn(earlier.layoutsOf(planes))
  const windows = node!.attrs as unknown as PlaneWindows
  return { dy: earlier.input(planes, dyLayout), dyLayout, windows }
}

/** Blocks of channels where they are at hand and nothing is done twice: pixels are added in blocks, but not taken away. */
function imagesLayout(
  { layoutsOf, logical, target }: LowerContext<FilterGradientAttrs>,
  window: Window,
): 'blocked' | 'last' {
  const held = layoutsOf('x')
  const isWhole = Number(logical('x').shape[0]) % target.block === 0
  const isWider = [...window.before, ...window.after].every((side) => side >= 0)
  if (held.includes('blocked') && isOnePixel(window) && isWhole) return 'blocked'
  const isOneBlock = logical('x').shape.at(-1) === target.block
  if (!held.includes('blocked') || !isWider) return 'last'
  return held.includes('last') && !isOneBlock ? 'last' : 'blocked'
}

/** The gradient by the weights: the forward's gathered rows, transposed, times dy. */
function byFilter(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs } = context
  const { filterShape } = attrs
  const kernel = filterShape.slice(0, -2)
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const window = windowFor(context)
  if (suitsColumns(kernel, inputs)) return byColumns(context, window)
  const trimmed = trimWindow(window)
  const rows = im2col(builder, context.input('x'), trimmed.window)
  const used = builder.reshape(timesRows(context, rows), [
    ...trimmed.window.kernel,
    inputs,
    outputs,
  ])
  return padFilter(builder, used, trimmed)
}

/** For few input channels: the columns that each window sees, times dy in whichever order it is at hand. */
function byColumns(context: LowerContext<FilterGradientAttrs>, window: Window): Value {
  const { builder, attrs, target } = context
  const outputs = attrs.filterShape.at(-1)!
  const x = context.input('x', 'first')
  const windows = Number(sizeOf(window.output))
  const isTurned = target.portable || context.layoutOf('dy') === 'last'
  // One product over all windows turns the columns; one for each image adds up as many results as there are images.
  if (isTurned && windows < outputs) return byColumnRows(context, window)
  const columns = oneHotColumns(builder, x, window)
  const batch = columns.shape[0]!
  const products = isTurned
    ? builder.matMul(columns, builder.reshape(context.input('dy'), [batch, windows, outputs]))
    : timesTransposed(
        builder,
        columns,
        builder.reshape(context.input('dy', 'first'), [batch, outputs, windows]),
      )
  return builder.reshape(builder.reduce('ReduceSum', products, [0], false), attrs.filterShape)
}

function byColumnRows(context: LowerContext<FilterGradientAttrs>, window: Window): Value {
  const { builder, attrs } = context
  const rows = oneHotRows(builder, context.input('x', 'first'), window)
  return builder.reshape(timesRows(context, rows), attrs.filterShape)
}

/** Rows, one a window, transposed, times dy: [rows' width, outputs]. */
function timesRows(context: LowerContext<FilterGradientAttrs>, rows: Value): Value {
  const { builder, attrs } = context
  const outputs = attrs.filterShape.at(-1)!
  const dy = builder.reshape(context.input('dy'), [rows.shape[0]!, outputs])
  const spec = { shape: [rows.shape[1]!, outputs], dtype: rows.dtype }
  return builder.node('Gemm', [rows, dy], { transA: 1 }, spec)
}

function filterExamples(): KernelDeclaration['examples'] {
  return [
    {
      inputs: { x: { shape: [2, 5, 5, 3] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 3, 4] },
    },
    {
      name: 'wide',
      inputs: { x: { shape: [2, 5, 5, 16] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'wide, strided',
      inputs: { x: { shape: [2, 6, 7, 16] }, dy: { shape: [2, 3, 4, 4] } },
      attrs: { ...unit, strides: [2, 2], filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'whole blocks',
      inputs: { x: { shape: [32, 5, 4, 3] }, dy: { shape: [32, 5, 4, 32] } },
      attrs: { ...unit, filterShape: [3, 3, 3, 32] },
    },
    {
      name: 'whole blocks, strided, valid',
      inputs: { x: { shape: [16, 6, 8, 4] }, dy: { shape: [16, 2, 3, 16] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], filterShape: [3, 3, 4, 16] },
    },
    {
      name: 'whole blocks of parts of few images',
      inputs: { x: { shape: [4, 8, 5, 3] }, dy: { shape: [4, 8, 5, 16] } },
      attrs: { ...unit, filterShape: [2, 3, 3, 16] },
    },
    {
      name: 'whole blocks to few channels',
      inputs: { x: { shape: [16, 5, 4, 16] }, dy: { shape: [16, 5, 4, 3] } },
      attrs: { ...unit, filterShape: [3, 2, 16, 3] },
    },
    {
      name: 'few channels to few, strided',
      inputs: { x: { shape: [16, 6, 7, 3] }, dy: { shape: [16, 3, 4, 5] } },
      attrs: { ...unit, strides: [2, 2], filterShape: [3, 3, 3, 5] },
    },
    {
      name: 'whole blocks of one pixel',
      inputs: { x: { shape: [16, 1, 1, 16] }, dy: { shape: [16, 1, 1, 16] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 16] },
    },
    {
      name: 'a filter of one pixel, to more channels',
      inputs: { x: { shape: [2, 3, 5, 16] }, dy: { shape: [2, 3, 5, 32] } },
      attrs: { ...unit, filterShape: [1, 1, 16, 32] },
    },
    {
      name: 'a filter of one pixel, to fewer channels',
      inputs: { x: { shape: [2, 3, 5, 6] }, dy: { shape: [2, 3, 5, 4] } },
      attrs: { ...unit, filterShape: [1, 1, 6, 4] },
    },
    {
      name: 'one pixel',
      inputs: { x: { shape: [3, 1, 1, 16] }, dy: { shape: [3, 1, 1, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'valid, strided',
      inputs: { x: { shape: [1, 6, 6, 3] }, dy: { shape: [1, 2, 2, 4] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], filterShape: [3, 3, 3, 4] },
    },
  ]
}
