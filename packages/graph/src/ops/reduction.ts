import {
  type Attrs,
  type DType,
  filled,
  isStatic,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import type { WrongInTfjs } from '../javascript/javascript-kernel.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import {
  channelMeans,
  channelSums,
  imageMeans,
  imageSumsOfProduct,
  partImages,
} from '../lower/channels.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { converted, wide } from '../lower/integers.ts'
import { axisIn } from '../lower/layout.ts'
import { takeAlong } from '../lower/slices.ts'
import { mean, sum } from '../lower/sums.ts'
import { type StepsContext, type SumOfSteps, withTime } from './all-steps.ts'
import { type ChannelAxes, reducedChannels } from './channel-axes.ts'
import { defineKernel, type KernelDeclaration, type KernelForm } from './declaration.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import { meanGradient, prodGradient, sumGradient } from './gradients/reducing.ts'
import { columnsOfSteps } from './matmul-steps.ts'
import { leavesChannels, leavesImages, type ReductionAttrs, reducedAxes } from './reduced-axes.ts'

/** What is quicker for channels than onnxruntime's reduction of leading axes. */
const OVER_CHANNELS: Readonly<Record<string, typeof channelSums>> = {
  Sum: channelSums,
  Mean: channelMeans,
}

/** Those that have a form for images in blocks of channels. */
const OF_IMAGES: ReadonlySet<string> = new Set(['Sum', 'Mean'])

interface ReductionRow {
  readonly kernel: string
  /** Reduces axes; integers come as int32, truth values too. */
  readonly lower: (
    builder: OnnxBuilder,
    x: Value,
    axes: readonly number[],
    keepDims: boolean,
  ) => Value
  /** What it means in double precision; see `KernelDeclaration.exact`. */
  readonly exact: (numbers: readonly number[]) => number
  /** The same of integers, where it goes beyond what a double holds. */
  readonly exactIntegers?: (numbers: readonly number[]) => number
  readonly takes?: readonly DType[]
  readonly note?: string
  readonly wrongInTfjs?: WrongInTfjs
  /** Where tfjs's is missing, or knows one axis alone. */
  readonly gradient?: KernelGradient<never>
}

/** Of every step by itself. */
function behindTime(attrs: ReductionAttrs, { node }: Pick<StepsContext, 'node'>): ReductionAttrs {
  const axes = reducedAxes(attrs, node.inputs[0]!.shape.length).map((axis) => axis + 1)
  const { axis, reductionIndices, ...rest } = attrs
  return reductionIndices == null ? { ...rest, axis: axes } : { ...rest, reductionIndices: axes }
}

const sumOfSums: SumOfSteps<ReductionAttrs> = (context) => {
  const { node, attrs, input, isStacked, call } = context
  const { shape } = node.outputs[0]!
  if (!isStacked('x') || node.inputs[0]!.dtype !== 'float32') return undefined
  const x = input('x')
  const axes = [0, ...reducedAxes(attrs, node.inputs[0]!.shape.length).map((axis) => axis + 1)]
  const rest = x.shape.filter((_, axis) => !axes.includes(axis))
  const count = axes.reduce((size, axis) => size * Number(x.shape[axis]), 1)
  // Leading axes are summed over by a product with ones, as derivatives by kernels are: one node, however many steps there are.
  // The products need to know how many numbers there are.
  const isKnown = isStatic(x.shape)
  const isLeading = isKnown && axes.every((axis) => axis < axes.length) && rest.length === 1
  const rows = [1, count, ...rest]
  // So are the last ones of the columns of all steps.
  if (isKnown && axes.length === 2 && axes[1] === 2 && x.shape.length === 3) {
    const b = columnsOfSteps(context, x)
    const sum = call(
      'BatchMatMul',
      { a: filled(1, [1, 1, count], 'float32'), b },
      [1, 1, ...rest],
      {
        transposeA: false,
        transposeB: true,
        ofSteps: true,
      },
    )
    return call('Reshape', { x: sum }, shape, { shape })
  }
  const sum = isLeading
    ? call(
        'BatchMatMul',
        {
          a: filled(1, [1, count, 1], 'float32'),
          b: call('Reshape', { x }, rows, { shape: rows }),
        },
        [1, 1, ...rest],
        { transposeA: true, transposeB: false, ofSteps: true },
      )
    : call('Sum', { x }, rest, { axis: axes, keepDims: false })
  return call('Reshape', { x: sum }, shape, { shape })
}

const SUMS =
  'Added in float32: beyond 3.4e38 on the way it is infinite. Integers count modulo 2^32.'

/** Over all pixels of images, as the gradient by a bias, or of each image. */
function channelsOf(attrs: ReductionAttrs): ChannelAxes | undefined {
  const keepDims = attrs.keepDims ?? false
  if (leavesChannels(attrs, 4)) return reducedChannels('all', keepDims)
  return leavesImages(attrs, 4) ? reducedChannels('each', keepDims) : undefined
}

/** Kernels that reduce axes of `x`. tfjs passes the axes in `axis`; none means all. */
export const reductionKernels: readonly KernelDeclaration[] = (
  [
    {
      kernel: 'Sum',
      lower: (b, x, axes, keep) =>
        x.dtype === 'float32'
          ? sum(b, x, axes, keep)
          : // onnxruntime's sum of int32 stops at the largest one.
            b.reduce('ReduceSum', b.cast(x, 'int64'), axes, keep),
      exact: (numbers) => numbers.reduce((total, each) => total + each, 0),
      note: SUMS,
      gradient: sumGradient as KernelGradient<never>,
    },
    {
      kernel: 'Mean',
      lower: (b, x, axes, keep) => mean(b, wide(b, x), axes, keep),
      exact: (numbers) => numbers.reduce((total, each) => total + each, 0) / numbers.length,
      note: 'Added in float32: beyond 3.4e38 on the way it is infinite.',
      gradient: meanGradient as KernelGradient<never>,
    },
    {
      kernel: 'Max',
      lower: (b, x, axes, keep) => extreme(b, 'ReduceMax', x, axes, keep),
      exact: (numbers) => numbers.reduce((most, each) => Math.max(most, each), -Infinity),
    },
    {
      kernel: 'Min',
      lower: (b, x, axes, keep) => extreme(b, 'ReduceMin', x, axes, keep),
      exact: (numbers) => numbers.reduce((least, each) => Math.min(least, each), Infinity),
    },
    {
      kernel: 'Prod',
      lower: product,
      exact: (numbers) => numbers.reduce((total, each) => total * each, 1),
      exactIntegers: (numbers) => numbers.reduce((total, each) => Math.imul(total, each), 1),
      note: 'Multiplied in double precision. Integers count modulo 2^32, where sizes are fixed.',
      wrongInTfjs: {
        how: 'It loses the last digits of integers whose product is beyond 2^53.',
        types: ['int32'],
      },
      gradient: prodGradient as KernelGradient<never>,
    },
    {
      kernel: 'All',
      lower: (b, x, axes, keep) => b.reduce('ReduceMin', x, axes, keep),
      exact: (numbers) => Number(numbers.every((each) => each !== 0)),
      takes: ['bool'],
      gradient: zeroGradient('x'),
    },
    {
      kernel: 'Any',
      lower: (b, x, axes, keep) => b.reduce('ReduceMax', x, axes, keep),
      exact: (numbers) => Number(numbers.some((each) => each !== 0)),
      takes: ['bool'],
      gradient: zeroGradient('x'),
    },
  ] satisfies readonly ReductionRow[]
).map((row: ReductionRow) => {
  const { kernel } = row
  return defineKernel<ReductionAttrs>({
    kernel,
    exact: {
      over: row.exact,
      overIntegers: row.exactIntegers,
      takes: row.takes ?? ['float32', 'int32'],
    },
    note: row.note,
    wrongInTfjs: row.wrongInTfjs,
    isPartwise: kernel === 'Sum',
    ...(OF_IMAGES.has(kernel) && { channels: channelsOf }),
    allSteps: withTime(behindTime),
    ...(kernel === 'Sum' && { sumOfSteps: sumOfSums }),
    ...(row.gradient && { gradient: row.gradient }),
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
    lower: (context) =>
      (OF_IMAGES.has(kernel) ? reduceImages(context) : undefined) ?? reduce(context, row.lower),
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
  })
})

/** Sum or mean of each image of each channel, where they lie in blocks; undefined for anything else. */
function reduceImages({
  builder,
  attrs,
  node,
  ...context
}: LowerContext<ReductionAttrs>): Lowered | undefined {
  const { shape, dtype } = context.logical('x')
  if (dtype !== 'float32' || shape.length !== 4 || !isStatic(shape)) return undefined
  if (context.layoutOf('x') !== 'blocked' || !leavesImages(attrs, shape.length)) return undefined
  const [, height, width] = shape as readonly [number, number, number, number]
  const factors = factorsOf(context) ?? [context.logical('x')]
  const images = factors.map((factor) => context.earlier.input(factor, 'blocked'))
  const parted = partImages(builder, images, context.target.block)
  if (parted === undefined) return undefined
  const [a, b] = parted.parts as [Value, Value | undefined]
  const scaled = (x: Value, factor: number) =>
    factor === 1 ? x : builder.mul(x, builder.scalar(factor))
  const isMean = node.op === 'Mean'
  const result =
    b === undefined
      ? scaled(parted.sum(imageMeans(builder, a)), (isMean ? 1 : height * width) / parted.chunks)
      : scaled(parted.sum(imageSumsOfProduct(builder, a, b)), isMean ? 1 / (height * width) : 1)
  return builder.reshape(result, node.outputs[0]!.shape)
}

/** Two tensors in blocks whose product the reduced one is, and nothing but what is reduced: the product need not be written then, it is dead code. */
function factorsOf({
  logical,
  earlier,
}: Pick<LowerContext, 'logical' | 'earlier'>): readonly Value[] | undefined {
  const product = logical('x')
  const { node, shape } = product
  if (node?.domain !== 'tfjs' || earlier.uses(product) > 1) return undefined
  const [x, y] = node.inputs as Value[]
  const factors = node.op === 'Multiply' ? [x!, y!] : node.op === 'Square' ? [x!, x!] : undefined
  if (factors === undefined) return undefined
  const areBlocked = factors.every(
    (each) => sameShape(each.shape, shape) && earlier.layoutsOf(each).includes('blocked'),
  )
  return areBlocked ? factors : undefined
}

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
function reduce(context: LowerContext<ReductionAttrs>, lower: ReductionRow['lower']): Lowered {
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
  const given = context.input('x', layout)
  const x = given.dtype === 'bool' ? builder.cast(given, 'int32') : given
  const result = lower(builder, x, reduced, attrs.keepDims ?? false)
  const { dtype } = node.outputs[0]!
  const value = converted(builder, result, dtype)
  return attrs.keepDims ? { value, layout } : value
}

/**
 * The largest or smallest number, or NaN where there is one: onnxruntime passes over some. What is added is nothing, or NaN: the bounds keep infinities out
 * of the sum.
 */
function extreme(
  builder: OnnxBuilder,
  op: 'ReduceMax' | 'ReduceMin',
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const found = builder.reduce(op, x, axes, keepDims)
  if (x.dtype !== 'float32') return found
  const bounds = [builder.scalar(-1), builder.scalar(1)]
  const bounded = builder.node('Clip', [x, ...bounds], {}, x)
  const mark = builder.reduce('ReduceSum', bounded, axes, keepDims)
  return builder.add(found, builder.mul(mark, builder.scalar(0)))
}

/** In double precision, so that neither very large nor very small numbers on the way cost it. Of integers half by half: ReduceProd stops at the largest one. */
export function product(
  builder: OnnxBuilder,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (x.dtype !== 'int32' || !axes.every((axis) => typeof x.shape[axis] === 'number')) {
    const isFloat = x.dtype === 'float32'
    const wider = isFloat ? builder.cast(x, 'float64') : x
    return builder.cast(builder.reduce('ReduceProd', wider, axes, keepDims), x.dtype)
  }
  let result = x
  for (const axis of axes) {
    for (let size = result.shape[axis] as number; size > 1; size = result.shape[axis] as number) {
      const half = size >> 1
      const parts = [
        takeAlong(builder, result, axis, 0, half),
        takeAlong(builder, result, axis, half, half),
      ]
      const both = builder.mul(parts[0]!, parts[1]!)
      const rest = size % 2 === 0 ? [] : [takeAlong(builder, result, axis, size - 1, 1)]
      result = rest.length === 0 ? both : builder.concat([both, ...rest], axis)
    }
  }
  return builder.reshape(
    result,
    x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size])),
  )
}
