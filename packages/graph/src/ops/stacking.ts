import { ShapeError } from '@ashlar/errors'
import {
  type Attrs,
  broadcast,
  type Dim,
  type DType,
  larger,
  type Shape,
  sameSamples,
  type Value,
} from '../ir/index.ts'
import { selectRows } from '../javascript/select.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import { again, axisBehindTime, elementwiseSteps, withTime } from './all-steps.ts'
import { axisWithin } from './axis.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { unpackGradient } from './gradients/shaping.ts'

/** Kernels that join, part and stretch tensors, and choose between them. */
export const stackingKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly axis: number }>({
    kernel: 'Pack',
    allSteps: withTime(({ axis }, { node }) => ({
      axis: axisBehindTime(axis, node.outputs[0]!.shape.length),
    })),
    sumOfSteps: again,
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const parts = Object.values(inputs)
      const { shape, dtype } = parts[0]!
      if (parts.some((part) => !sameSizes(part.shape, shape) || part.dtype !== dtype)) {
        throw new ShapeError({
          where: 'stack',
          expected: 'tensors must have the same shape and type',
          given: parts.map((part) => `${part.dtype} [${part.shape}]`),
        })
      }
      return { shape: inserted('stack', shape, attrs.axis, parts.length), dtype }
    },
    lower: ({ builder, names, input, attrs }) => {
      const parts = names.map((name) => {
        const part = input(name)
        return builder.reshape(part, inserted('stack', part.shape, attrs.axis, 1))
      })
      const rank = parts[0]!.shape.length
      return parts.length === 1
        ? parts[0]!
        : builder.concat(parts, axisWithin('stack', attrs.axis, rank))
    },
    examples: [
      { inputs: { 0: { shape: [2, 3] }, 1: { shape: [2, 3] } }, attrs: { axis: 1 } },
      { name: 'at the end', inputs: { 0: { shape: [3] }, 1: { shape: [3] } }, attrs: { axis: -1 } },
    ],
  }),
  defineKernel<{ readonly axis: number }>({
    kernel: 'Unpack',
    allSteps: withTime(({ axis }, { node }) => ({
      axis: axisBehindTime(axis, node.inputs[0]!.shape.length),
    })),
    gradient: unpackGradient,
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.value!
      const axis = axisWithin('unstack', attrs.axis, shape.length)
      const part = { shape: shape.filter((_, at) => at !== axis), dtype }
      return Array.from({ length: countOf(shape[axis]!) }, () => part)
    },
    lower: ({ builder, input, attrs, node }) => {
      const x = input('value')
      const { shape, dtype } = node.outputs[0]!
      if (node.outputs.length === 1) return [builder.reshape(x, shape)]
      const axis = axisWithin('unstack', attrs.axis, x.shape.length)
      const spec = { shape: x.shape.map((size, at) => (at === axis ? 1 : size)), dtype }
      return builder
        .nodes(
          'Split',
          [x, builder.ints(node.outputs.map(() => 1))],
          { axis },
          node.outputs.map(() => spec),
        )
        .map((part) => builder.reshape(part, shape))
    },
    examples: [
      { inputs: { value: { shape: [2, 3, 4] } }, attrs: { axis: 1 } },
      { name: 'one', inputs: { value: { shape: [2, 1] } }, attrs: { axis: -1 } },
    ],
  }),
  defineKernel<{ readonly dim: number }>({
    kernel: 'ExpandDims',
    sumOfSteps: again,
    allSteps: withTime(({ dim }, { node }) => ({
      dim: axisBehindTime(dim, node.outputs[0]!.shape.length - 1),
    })),
    copies: true,
    isPartwise: true,
    isView: true,
    infer: ({ inputs, attrs }) => ({
      shape: inserted('expandDims', inputs.input!.shape, attrs.dim, 1),
      dtype: inputs.input!.dtype,
    }),
    lower: ({ builder, input, node }) => builder.reshape(input('input'), node.outputs[0]!.shape),
    examples: [
      { inputs: { input: { shape: [2, 3] } }, attrs: { dim: 1 } },
      { name: 'at the end', inputs: { input: { shape: [2, 3] } }, attrs: { dim: -1 } },
    ],
  }),
  defineKernel<Attrs>({
    kernel: 'AddN',
    allSteps: elementwiseSteps,
    sumOfSteps: again,
    isPartwise: true,
    joinsConvolution: true,
    infer: ({ inputs }) => inputs[0]!,
    lower: (context) => {
      const { values, layout } = elementwiseInputs(context)
      return placed(
        values.reduce((sum, each) => context.builder.add(sum, each)),
        layout,
      )
    },
    examples: [
      { inputs: { 0: { shape: [2, 3] }, 1: { shape: [2, 3] }, 2: { shape: [2, 3] } } },
      { name: 'one', inputs: { 0: { shape: [2], dtype: 'int32' } } },
    ],
  }),
  defineKernel<{ readonly shape: readonly Dim[] }>({
    kernel: 'BroadcastTo',
    range: 'inputs',
    sizeAttrs: ['shape'],
    infer: ({ inputs, attrs }) => ({
      shape: attrs.shape,
      dtype: inputs.x!.dtype,
    }),
    lower: ({ builder, input, node }) => {
      const { shape, dtype } = node.outputs[0]!
      return builder.node('Expand', [input('x'), builder.shape(shape)], {}, { shape, dtype })
    },
    // tfjs calls Tile instead.
    examples: [
      {
        inputs: { x: { shape: [2, 1], values: [1, 2] } },
        attrs: { shape: [2, 3] },
        expected: [[1, 1, 1, 2, 2, 2]],
      },
    ],
  }),
  defineKernel({
    kernel: 'BroadcastArgs',
    infer: ({ inputs, constantOf }) => {
      const length = larger(inputs.s0!.shape[0]!, inputs.s1!.shape[0]!)
      const [a, b] = ['s0', 's1'].map((name) => {
        const sizes = constantOf(name)
        return sizes && Array.from(sizes as readonly Dim[])
      })
      if (a !== undefined && b !== undefined && broadcast(a, b) === undefined) {
        throw new ShapeError({
          where: 'broadcastArgs',
          expected: 'two shapes must broadcast',
          given: [a, b],
        })
      }
      return { shape: [length], dtype: 'int32' }
    },
    lower: ({ builder, input, node }) => {
      const length = node.outputs[0]!.shape[0] as number
      // Missing sizes in front are ones; of two sizes the one that is not 1 holds.
      const [a, b] = ['s0', 's1'].map((name) => {
        const sizes = builder.cast(input(name), 'int32')
        const missing = length - (sizes.shape[0] as number)
        return missing === 0
          ? sizes
          : builder.concat([builder.full(1, [missing], 'int32'), sizes], 0)
      }) as [Value, Value]
      const isOne = builder.binary('Equal', a, builder.scalar(1, 'int32'), 'bool')
      return builder.where(isOne, b, a)
    },
    examples: [
      {
        inputs: {
          s0: { shape: [3], dtype: 'int32', values: [2, 1, 5] },
          s1: { shape: [2], dtype: 'int32', values: [3, 1] },
        },
      },
    ],
  }),
  defineKernel({
    kernel: 'Select',
    allSteps: (context) => {
      const ranks = context.node.inputs.map((input) => input!.shape.length)
      // A condition of one axis is about whole rows, where what it chooses from has more.
      const isRows = ranks[0] === 1 && !context.isStacked('condition')
      return !isRows && ranks.every((rank) => rank === ranks[0])
        ? elementwiseSteps(context)
        : undefined
    },
    range: 'inputs',
    pointwise: (condition, t, e) => (condition ? t : e),
    infer: ({ inputs }) => {
      const { condition, t, e } = inputs
      const shape =
        condition!.shape.length === 1 && t!.shape.length > 1
          ? t!.shape
          : broadcast(condition!.shape, broadcast(t!.shape, e!.shape)!)!
      return { shape, dtype: wider(t!.dtype, e!.dtype) as 'float32' }
    },
    lower: select,
    wrongInTfjs: {
      how: 'It reads the wrong rows where one condition decides about a whole row.',
      when: ({ condition, t }) => condition!.shape.length === 1 && t!.shape.length > 1,
      instead: selectRows,
    },
    examples: [
      {
        inputs: {
          condition: { shape: [2, 3], dtype: 'bool' },
          t: { shape: [2, 3] },
          e: { shape: [2, 3] },
        },
      },
      {
        name: 'truth values',
        inputs: {
          condition: { shape: [6], dtype: 'bool' },
          t: { shape: [6], dtype: 'bool' },
          e: { shape: [6], dtype: 'bool' },
        },
      },
      {
        name: 'whole rows',
        inputs: {
          condition: { shape: [3], dtype: 'bool', values: [1, 0, 1] },
          t: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
          e: { shape: [3, 2], values: [-1, -2, -3, -4, -5, -6] },
        },
        expected: [[1, 2, -3, -4, 5, 6]],
      },
    ],
  }),
]

function sameSizes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => sameSamples(size, b[axis]!))
}

/** As many parts as a tensor has must be known: each of them is an output. */
function countOf(size: Dim): number {
  if (typeof size === 'number') return size
  throw new ShapeError({
    where: 'unstack',
    expected: 'the axis must have a fixed size: each part is a tensor of its own',
    hint: 'Fix the size of the input along this axis, or work on all parts at once.',
  })
}

function inserted<T>(where: string, shape: readonly T[], axis: number, size: T): T[] {
  const at = axisWithin(where, axis, shape.length + 1)
  return [...shape.slice(0, at), size, ...shape.slice(at)]
}

const WIDTHS: readonly DType[] = ['bool', 'int32', 'float32']

/** Of two element types of tfjs the one that holds both. */
function wider(a: DType, b: DType): DType {
  return WIDTHS.indexOf(a) > WIDTHS.indexOf(b) ? a : b
}

function select(context: LowerContext): Lowered {
  const { builder, node } = context
  const { shape, dtype } = node.outputs[0]!
  const condition = context.logical('condition').shape
  if (condition.length === 1 && shape.length > 1) {
    const rows: Shape = [condition[0]!, ...shape.slice(1).map(() => 1)]
    const flags = builder.cast(builder.reshape(context.input('condition'), rows), 'bool')
    const [t, e] = ['t', 'e'].map((name) => builder.cast(context.input(name), dtype))
    return builder.where(flags, t!, e!)
  }
  const { values, layout } = elementwiseInputs(context, ['condition', 't', 'e'])
  const [flags, t, e] = values as [Value, Value, Value]
  const chosen = builder.where(
    builder.cast(flags, 'bool'),
    builder.cast(t, dtype),
    builder.cast(e, dtype),
  )
  return placed(chosen, layout)
}
