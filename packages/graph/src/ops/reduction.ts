import { type Attrs, isStatic, sizeOf, type Value } from '../ir/index.ts'
import { channelMeans, channelSums } from '../lower/channels.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { axisIn } from '../lower/layout.ts'
import { defineKernel, type KernelDeclaration, type KernelForm } from './declaration.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import { prodGradient } from './gradients/reducing.ts'
import { leavesChannels, type ReductionAttrs, reducedAxes } from './reduced-axes.ts'

/** What is quicker for channels than onnxruntime's reduction of leading axes. */
const OVER_CHANNELS: Readonly<Record<string, typeof channelSums>> = {
  Sum: channelSums,
  Mean: channelMeans,
}

/** Kernels that reduce axes of `x`. tfjs passes the axes in `axis`; none means all. */
/** Where tfjs's is missing, or knows one axis alone. */
const GRADIENTS: Readonly<Record<string, KernelGradient<never>>> = {
  Prod: prodGradient as KernelGradient<never>,
  All: zeroGradient('x'),
  Any: zeroGradient('x'),
}

export const reductionKernels: readonly KernelDeclaration[] = (
  [
    ['Sum', 'ReduceSum'],
    ['Mean', 'ReduceMean'],
    ['Max', 'ReduceMax'],
    ['Min', 'ReduceMin'],
    ['Prod', 'ReduceProd'],
    ['All', 'ReduceMin'],
    ['Any', 'ReduceMax'],
  ] as const
).map(([kernel, onnx]) =>
  defineKernel<ReductionAttrs>({
    kernel,
    isPartwise: kernel === 'Sum',
    ...(kernel in GRADIENTS && { gradient: GRADIENTS[kernel]! }),
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const axes = reducedAxes(attrs, shape.length)
      return {
        shape: shape.flatMap((size, axis) =>
          axes.includes(axis) ? (attrs.keepDims ? [1] : []) : [size],
        ),
        dtype:
          kernel === 'Mean' ? 'float32' : dtype === 'bool' && kernel === 'Sum' ? 'int32' : dtype,
      }
    },
    lower: (context) => reduce(context, onnx),
    ...(kernel in OVER_CHANNELS ? { forms: [byChannel(OVER_CHANNELS[kernel]!)] } : {}),
    examples: ['All', 'Any'].includes(kernel)
      ? [
          {
            inputs: { x: { shape: [2, 3, 4], dtype: 'bool' } },
            attrs: { axis: [1], keepDims: false },
          },
        ]
      : [
          { inputs: { x: { shape: [2, 3, 4] } }, attrs: { ...over([1], kernel), keepDims: false } },
          {
            name: 'axes of one',
            inputs: { x: { shape: [2, 1, 1, 3] } },
            attrs: over([1, 2], kernel),
          },
          { name: 'two axes', inputs: { x: { shape: [2, 3, 4] } }, attrs: over([0, 2], kernel) },
          {
            name: 'all but channels',
            inputs: { x: { shape: [2, 3, 2, 4] } },
            attrs: { ...over([0, 1, 2], kernel), keepDims: kernel === 'Mean' },
          },
        ],
  }),
)

/** Reduces everything but the channels, in the layout that the input lies in. */
function byChannel(overChannels: typeof channelSums): KernelForm<ReductionAttrs> {
  return {
    name: 'channels',
    fits: ({ attrs, logical }) => {
      const { shape, dtype } = logical('x')
      return (
        leavesChannels(attrs, shape.length) &&
        dtype === 'float32' &&
        isStatic(shape) &&
        sizeOf(shape) !== 0
      )
    },
    lower: (context) => {
      const layout = context.layoutOf('x')
      const result = overChannels(context.builder, context.input('x', layout), layout)
      return context.builder.reshape(result, context.node.outputs[0]!.shape)
    },
  }
}

function over(axes: readonly number[], kernel: string): ReductionAttrs & Attrs {
  return kernel === 'Max' ? { reductionIndices: axes } : { axis: axes }
}

/** Reduces in the layout that the input lies in, as long as no axis is left whose order would matter. */
function reduce(context: LowerContext<ReductionAttrs>, onnx: string): Lowered {
  const { builder, attrs, node } = context
  const rank = context.logical('x').shape.length
  const axes = reducedAxes(attrs, rank)
  if (axes.length === 0) return builder.cast(context.input('x'), node.outputs[0]!.dtype)
  // One number is its own sum, mean and maximum.
  if (axes.every((axis) => context.logical('x').shape[axis] === 1)) {
    const only = builder.cast(context.input('x'), node.outputs[0]!.dtype)
    return builder.reshape(only, node.outputs[0]!.shape)
  }
  const left = rank - axes.length
  // Batch and channels stand in the same order in both layouts, and so do batch and pixels, or pixels alone.
  const keepsOrder = left <= 1 || (left === 2 && (!axes.includes(0) || axes.includes(rank - 1)))
  const held = context.layoutOf('x')
  const layout = held === 'first' && (attrs.keepDims || keepsOrder) ? 'first' : 'last'
  const reduced = axes.map((axis) => axisIn(layout, axis, rank)).sort((a, b) => a - b)
  const x = numeric(context, layout, onnx === 'ReduceMean' ? 'float32' : 'int32')
  const result = builder.reduce(onnx, x, reduced, attrs.keepDims ?? false)
  const value = builder.cast(result, node.outputs[0]!.dtype)
  return attrs.keepDims ? { value, layout } : value
}

/** ONNX reduces numbers only, and a mean of integers would be cut to an integer. */
function numeric(
  context: LowerContext<ReductionAttrs>,
  layout: 'first' | 'last',
  dtype: 'float32' | 'int32',
): Value {
  const x = context.input('x', layout)
  return x.dtype === 'float32' ? x : context.builder.cast(x, dtype)
}
