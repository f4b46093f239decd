import { type Dim, sizeOf, staticShape, times, type Value } from '../ir/index.ts'
import { activatedRange, anything, keepsZero } from '../lower/activation.ts'
import { fillChannels, wholeBlocks } from '../lower/blocked-convolution.ts'
import {
  blockedDepthwise,
  blockedDepthwiseByFilter,
  blockedDepthwiseByInput,
  canBlockDepthwise,
  spreadPads,
} from '../lower/blocked-depthwise.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { isChannelsFirst, windowChannelsLast } from '../lower/data-format.ts'
import { activated, biasVector } from '../lower/fused.ts'
import { axisIn, type Layout, shapeIn } from '../lower/layout.ts'
import { reorderBlocks } from '../lower/reorder.ts'
import { sum } from '../lower/sums.ts'
import { transposedConvolution } from '../lower/transposed-window.ts'
import { pixelsOf, type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import { paddedSpace, windowNode } from '../lower/window-attributes.ts'
import { rowsOf, windowTaps } from '../lower/window-rows.ts'
import {
  depthwiseChannels,
  depthwiseFilterGradientChannels,
  depthwiseInputGradientChannels,
} from './channel-axes.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type KernelForm,
  type SizedSpec,
} from './declaration.ts'
import {
  depthwiseFilterGradient,
  depthwiseGradient,
  depthwiseInputGradient,
} from './gradients/convolutions.ts'

interface InputGradientAttrs extends WindowAttrs {
  readonly inputShape: readonly Dim[]
}

interface FilterGradientAttrs extends WindowAttrs {
  readonly filterShape: readonly number[]
}

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] } as const

/** How the filter moves; shapes are fixed. */
function windowFor(
  { attrs }: LowerContext<WindowAttrs>,
  image: Value,
  filter: readonly number[],
): Window {
  return windowOf(image.shape.slice(1, -1) as readonly number[], filter.slice(0, 2), attrs)
}

/** Pixels that no window reaches would be pads below zero. */
function hasPads({ before, after }: Window): boolean {
  return [...before, ...after].every((side) => side >= 0)
}

/** An image in blocks, and the layout that it was brought from. */
interface Blocked {
  readonly value: Value
  readonly from: Layout
}

/** An image with each channel as often as the filter multiplies it, and channels of zeros behind up to whole blocks. */
function inWholeBlocks(context: LowerContext<never>, name: string, multiplier = 1): Blocked {
  const { builder, target } = context
  const { shape } = context.logical(name)
  const channels = (shape.at(-1) as number) * multiplier
  const whole = wholeBlocks(channels, target.block)
  const isAtHand = multiplier === 1 && whole === channels
  if (isAtHand) return { value: context.input(name, 'blocked'), from: 'blocked' }
  const isFirst = multiplier > 1 || !context.layoutsOf(name).includes('last')
  // onnxruntime's reordering adds channels itself, by fours.
  const from = isFirst && channels % 4 === 0 ? 'first' : 'last'
  const order = { from, to: 'blocked', shape: [...shape.slice(0, -1), whole] } as const
  const x = repeated(builder, context.input(name, from), multiplier, axisIn(from, -1, shape.length))
  const filled = channels % 4 === 0 ? x : fillChannels(builder, x, target.block)
  return { value: reorderBlocks(builder, filled, order), from }
}

/** Each channel so many times, one after the other. */
function repeated(builder: OnnxBuilder, x: Value, times: number, axis: number): Value {
  if (times === 1) return x
  const channels = x.shape[axis] as number
  const places = Array.from({ length: channels * times }, (_, at) => Math.floor(at / times))
  return builder.gather(x, builder.ints(places), axis)
}

/** The result of a convolution in blocks, without the channels that were added. */
function outOfBlocks({ builder, node }: LowerContext<never>, value: Value, to: Layout): Placed {
  const { shape } = node.outputs[0]!
  if (to === 'blocked') return { value, layout: to }
  return { value: reorderBlocks(builder, value, { from: 'blocked', to, shape }), layout: to }
}

/** The same with the sum over the channels that each was multiplied to. */
function sumOutOfBlocks(context: LowerContext<never>, value: Value, multiplier: number): Placed {
  const { builder, node } = context
  const [batch, height, width, channels] = node.outputs[0]!.shape as number[]
  const shape = [batch!, height!, width!, channels! * multiplier]
  const all = reorderBlocks(builder, value, { from: 'blocked', to: 'first', shape })
  const parts = builder.reshape(all, [batch!, channels!, multiplier, height! * width!])
  const sums = sum(builder, parts, [2], false)
  return { value: builder.reshape(sums, [batch!, channels!, height!, width!]), layout: 'first' }
}

/** A filter as one of as many channels as results. */
function singleFilter({ builder, input }: LowerContext<never>): Value {
  const filter = input('filter')
  const [height, width, inputs, multiplier] = filter.shape as number[]
  return builder.reshape(filter, [height!, width!, inputs! * multiplier!, 1])
}

const filterOf = (context: LowerContext<never>) =>
  context.logical('filter').shape as readonly number[]

/** In onnxruntime's own layout, whose loop over channels takes a tenth of the time of ONNX's Conv with as many groups. */
function blockedForm(
  finish: (context: LowerContext<WindowAttrs>, result: Placed) => Placed = (_, result) => result,
): KernelForm<WindowAttrs> {
  return {
    name: 'blocked',
    fits: (context) => {
      const filter = filterOf(context as never)
      const window = windowFor(context, context.logical('x'), filter)
      return (
        canBlockDepthwise(context.target.block, filter) &&
        hasPads(window) &&
        !context.has('preluActivationWeights')
      )
    },
    lower: (context) => {
      const { builder, target } = context
      const filter = filterOf(context as never)
      const window = windowFor(context, context.logical('x'), filter)
      const [, , inputs, multiplier] = filter as readonly [number, number, number, number]
      const x = inWholeBlocks(context as never, 'x', multiplier)
      const operands: [Value, Value, Value?] = [x.value, singleFilter(context as never)]
      const channels = inputs * multiplier
      if (context.has('bias')) operands.push(biasVector(context as never, channels))
      const value = blockedDepthwise(builder, operands, window, target.block)
      const to = channels % target.block === 0 ? 'blocked' : x.from
      return finish(context, outOfBlocks(context as never, value, to))
    },
  }
}

const blockedByInput: KernelForm<InputGradientAttrs> = {
  name: 'blocked',
  fits: (context) => {
    const filter = filterOf(context as never)
    const window = windowFor(context, context.node.outputs[0]!, filter)
    return canBlockDepthwise(context.target.block, filter) && spreadPads(window) !== undefined
  },
  lower: (context) => {
    const { builder, target, node } = context
    const filter = filterOf(context as never)
    const window = windowFor(context, node.outputs[0]!, filter)
    const dy = inWholeBlocks(context as never, 'dy')
    const operands = [dy.value, singleFilter(context as never)] as const
    const value = blockedDepthwiseByInput(builder, operands, window, target.block)
    const multiplier = filter[3]!
    if (multiplier > 1) return sumOutOfBlocks(context as never, value, multiplier)
    return outOfBlocks(context as never, value, dy.from)
  },
}

const blockedByFilter: KernelForm<FilterGradientAttrs> = {
  name: 'blocked',
  fits: (context) => {
    const { filterShape } = context.attrs
    const window = windowFor(context, context.logical('x'), filterShape)
    return canBlockDepthwise(context.target.block, filterShape) && hasPads(window)
  },
  lower: (context) => {
    const { builder, target, attrs } = context
    const { filterShape } = attrs
    const window = windowFor(context, context.logical('x'), filterShape)
    const [height, width, inputs, multiplier] = filterShape as [number, number, number, number]
    const x = inWholeBlocks(context as never, 'x', multiplier)
    const dy = inWholeBlocks(context as never, 'dy')
    const all = blockedDepthwiseByFilter(builder, [x.value, dy.value], window, target.block)
    const channels = inputs * multiplier
    const shape = [height, width, channels, 1]
    const isWhole = channels === all.shape[2]
    const taps = isWhole ? all : builder.slice(all, [2], [0], [channels], shape)
    return builder.reshape(taps, filterShape)
  },
}

/**
 * Convolutions of each channel by itself, and their derivatives. Filters are [height, width, inputs, multiplier]; each input gives `multiplier`
 * channels in a row.
 */
export const depthwiseKernels: readonly KernelDeclaration[] = [
  defineKernel<WindowAttrs>({
    kernel: 'DepthwiseConv2dNative',
    range: anything,
    channels: () => depthwiseChannels,
    gradient: depthwiseGradient,
    images: ['x'],
    sizeAttrs: ['pad'],
    infer,
    lower: grouped,
    forms: [blockedForm()],
    examples: [
      { inputs: { x: { shape: [2, 5, 5, 3] }, filter: { shape: [3, 3, 3, 2] } }, attrs: unit },
      {
        name: 'strided',
        inputs: { x: { shape: [1, 6, 7, 4] }, filter: { shape: [3, 2, 4, 1] } },
        attrs: { ...unit, strides: [2, 2], pad: 'valid' },
      },
      {
        name: 'dilated',
        inputs: { x: { shape: [1, 7, 7, 2] }, filter: { shape: [3, 3, 2, 2] } },
        attrs: { ...unit, dilations: [2, 2] },
      },
    ],
  }),
  defineKernel<WindowAttrs & { readonly activation?: string }>({
    kernel: 'FusedDepthwiseConv2D',
    range: activatedRange,
    channels: ({ activation }) => (keepsZero(activation) ? depthwiseChannels : undefined),
    images: ['x', 'preluActivationWeights'],
    sizeAttrs: ['pad'],
    infer,
    lower: (context) => activated(context as never, grouped(context)),
    forms: [blockedForm((context, result) => activated(context as never, result))],
    examples: [
      {
        inputs: {
          x: { shape: [2, 5, 5, 3] },
          filter: { shape: [3, 3, 3, 2] },
          bias: { shape: [6] },
        },
        attrs: { ...unit, activation: 'relu6' },
      },
      {
        name: 'whole blocks',
        inputs: {
          x: { shape: [2, 5, 4, 32] },
          filter: { shape: [3, 3, 32, 1] },
          bias: { shape: [32] },
        },
        attrs: { ...unit, activation: 'relu6' },
      },
      {
        name: 'whole blocks, a filter larger than the image',
        inputs: {
          x: { shape: [2, 4, 4, 16] },
          filter: { shape: [7, 7, 16, 1] },
          bias: { shape: [16] },
        },
        attrs: { ...unit, strides: [2, 2], activation: 'linear' },
      },
      {
        name: 'whole blocks, prelu',
        inputs: {
          x: { shape: [1, 3, 3, 16] },
          filter: { shape: [3, 3, 16, 1] },
          preluActivationWeights: { shape: [1, 1, 16] },
        },
        attrs: { ...unit, activation: 'prelu' },
      },
      {
        name: 'no bias',
        inputs: { x: { shape: [1, 4, 4, 3] }, filter: { shape: [2, 2, 3, 1] } },
        attrs: { ...unit, activation: 'leakyrelu', leakyreluAlpha: 0.2 },
      },
    ],
  }),
  defineKernel<InputGradientAttrs>({
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    channels: () => depthwiseInputGradientChannels,
    gradient: depthwiseInputGradient,
    sizeAttrs: ['inputShape', 'pad'],
    infer: ({ inputs, attrs }) => ({
      shape: attrs.inputShape,
      dtype: inputs.dy!.dtype,
    }),
    lower: byInput,
    forms: [blockedByInput],
    examples: [
      {
        inputs: { dy: { shape: [2, 5, 5, 6] }, filter: { shape: [3, 3, 3, 2] } },
        attrs: { ...unit, inputShape: [2, 5, 5, 3] },
      },
      {
        name: 'strided, rows left over',
        inputs: { dy: { shape: [1, 2, 3, 4] }, filter: { shape: [3, 2, 4, 1] } },
        attrs: { ...unit, strides: [2, 2], pad: 'valid', inputShape: [1, 6, 7, 4] },
      },
    ],
  }),
  defineKernel<FilterGradientAttrs>({
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    channels: () => depthwiseFilterGradientChannels,
    gradient: depthwiseFilterGradient,
    infer: ({ inputs, attrs }) => ({ shape: attrs.filterShape, dtype: inputs.x!.dtype }),
    lower: byFilter,
    forms: [blockedByFilter],
    examples: [
      {
        inputs: { x: { shape: [2, 5, 5, 3] }, dy: { shape: [2, 5, 5, 6] } },
        attrs: { ...unit, filterShape: [3, 3, 3, 2] },
      },
      {
        name: 'strided',
        inputs: { x: { shape: [1, 6, 7, 4] }, dy: { shape: [1, 2, 3, 4] } },
        attrs: { ...unit, strides: [2, 2], pad: 'valid', filterShape: [3, 2, 4, 1] },
      },
    ],
  }),
]

function infer({ inputs, attrs }: InferContext<WindowAttrs>): SizedSpec {
  const { shape, dtype } = inputs.x!
  const filter = inputs.filter!.shape
  const channelsFirst = isChannelsFirst(attrs as object)
  const space = channelsFirst ? shape.slice(2) : shape.slice(1, -1)
  const kernel = filter.slice(0, 2)
  const output = pixelsOf('depthwise convolution', space, kernel, windowChannelsLast(attrs))
  const channels = times(filter[2]!, filter[3]!)
  return {
    shape: channelsFirst ? [shape[0]!, channels, ...output] : [shape[0]!, ...output, channels],
    dtype,
  }
}

/** The filter as ONNX has it: [inputs * multiplier, 1, height, width]. */
function groupedFilter({ builder, input }: LowerContext<never>): Value {
  const filter = builder.transpose(input('filter'), [2, 3, 0, 1])
  const [inputs, multiplier, ...kernel] = filter.shape as readonly number[]
  return builder.reshape(filter, [inputs! * multiplier!, 1, ...kernel])
}

/** ONNX Conv with a group for each input channel. */
function grouped(context: LowerContext<WindowAttrs>): Placed {
  const { builder, attrs, node } = context
  const [height, width, inputs, multiplier] = context.logical('filter').shape as number[]
  const x = context.input('x', 'first')
  const { attributes, pads } = windowNode(x.shape.slice(2), [height!, width!], attrs)
  const image = pads === undefined ? x : paddedSpace(builder, x, pads, 0)
  const operands = [image, groupedFilter(context as never)]
  if (context.has('bias')) operands.push(biasVector(context as never, inputs! * multiplier!))
  const { shape, dtype } = node.outputs[0]!
  const value = builder.node(
    'Conv',
    operands,
    { ...attributes, group: inputs },
    { shape: shapeIn('first', shape), dtype },
  )
  return { value, layout: 'first' }
}

/** ONNX ConvTranspose with the same groups. */
function byInput(context: LowerContext<InputGradientAttrs>): Placed {
  const { builder, attrs, node } = context
  const [height, width, inputs] = context.logical('filter').shape as number[]
  const kernel = [height!, width!]
  const { shape, dtype } = node.outputs[0]!
  const value = transposedConvolution(
    builder,
    [context.input('dy', 'first'), groupedFilter(context as never)],
    { space: shape.slice(1, -1), kernel, attrs, more: { group: inputs } },
    { shape: shapeIn('first', shape), dtype },
  )
  return { value, layout: 'first' }
}

/** What each tap sees times dy, summed over all windows by a product with a row of ones. */
function byFilter(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs } = context
  const [height, width, inputs, multiplier] = attrs.filterShape as [number, number, number, number]
  const x = context.input('x')
  const where = context.node.scope || context.node.op
  const [batch, ...space] = staticShape(x.shape.slice(0, -1), where)
  const window = windowOf(space, [height, width], attrs)
  const windows = batch! * Number(sizeOf(window.output))
  const dy = builder.reshape(context.input('dy'), [windows, inputs, multiplier])
  const ones = builder.full(1, [1, windows])
  const parts = windowTaps(builder, rowsOf(builder, x, 'last', 0), window, 0).map((seen) => {
    const product = builder.mul(builder.reshape(seen, [windows, inputs, 1]), dy)
    return builder.matMul(ones, builder.reshape(product, [windows, inputs * multiplier]))
  })
  return builder.reshape(builder.concat(parts, 0), attrs.filterShape)
}
