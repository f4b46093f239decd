import { ShapeError } from '@ashlar/errors'
import {
  type Dim,
  type DType,
  filled,
  floorDiv,
  isStatic,
  plus,
  type Shape,
  sameDim,
  sameSamples,
  sizeOf,
  times,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { canPartBlocks } from '../lower/blocked-convolution.ts'
import { placed } from '../lower/elementwise.ts'
import { converted } from '../lower/integers.ts'
import { axisIn, type Layout, shapeIn, toFirst, toLast } from '../lower/layout.ts'
import { quickOrders } from '../lower/quick-orders.ts'
import { again, axisBehindTime, withTime } from './all-steps.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { tileGradient } from './gradients/shaping.ts'

/** Kernels that change type or shape and no number. */
export const shapeKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly dtype: DType }>({
    kernel: 'Cast',
    copies: true,
    note: 'To int32 as in JavaScript: NaN and infinities are 0, what lies beyond counts modulo 2^32. NaN is true.',
    // When the type stays.
    isView: true,
    channels: () => ({ inputs: { x: '*c' }, outputs: ['*c'], added: 'given', anyPixels: true }),
    allSteps: withTime((attrs) => attrs),
    pointwise: (x, { dtype }) =>
      dtype === 'bool' ? Number(x !== 0) : dtype === 'int32' ? Math.trunc(x) : x,
    infer: ({ inputs, attrs }) => ({ shape: inputs.x!.shape, dtype: attrs.dtype }),
    lower: (context) => {
      const { builder, attrs } = context
      const layout = context.layoutOf('x')
      const x = context.input('x', layout)
      return placed(converted(builder, x, attrs.dtype), layout)
    },
    examples: [
      { inputs: { x: { shape: [2, 3] } }, attrs: { dtype: 'int32' } },
      {
        name: 'to bool',
        inputs: { x: { shape: [4], values: [0, 1, -2, 0.5] } },
        attrs: { dtype: 'bool' },
      },
      {
        name: 'to float',
        inputs: { x: { shape: [4], dtype: 'int32' } },
        attrs: { dtype: 'float32' },
      },
    ],
  }),
  defineKernel<{ readonly shape: readonly Dim[] }>({
    kernel: 'Reshape',
    sizeAttrs: ['shape'],
    copies: true,
    isPartwise: true,
    isView: true,
    allSteps: withTime((_, { node, time }) => ({ shape: [time, ...node.outputs[0]!.shape] })),
    sumOfSteps: again,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const wanted = attrs.shape
      const known = sizeOf(wanted.filter((size) => size !== -1))
      const rest = known === 0 ? 0 : floorDiv(sizeOf(shape), known)
      return { shape: wanted.map((size) => (size === -1 ? rest : size)), dtype }
    },
    lower: ({ builder, input, node, logical, layoutsOf }) => {
      const { shape } = node.outputs[0]!
      const held = layoutsOf('x')
      const isKept = !held.includes('last') && areImagesOf(logical('x').shape, shape)
      const layout = isKept ? held[0]! : 'last'
      return placed(builder.reshape(input('x', layout), shapeIn(layout, shape)), layout)
    },
    examples: [{ inputs: { x: { shape: [2, 6] } }, attrs: { shape: [3, -1] } }],
  }),
  defineKernel<{ readonly perm: readonly number[] }>({
    kernel: 'Transpose',
    range: 'inputs',
    isPartwise: true,
    allSteps: withTime(({ perm }) => ({ perm: [0, ...perm.map((axis) => axis + 1)] })),
    sumOfSteps: again,
    infer: ({ inputs, attrs }) => ({
      shape: attrs.perm.map((axis) => inputs.x!.shape[axis]!),
      dtype: inputs.x!.dtype,
    }),
    lower: ({ builder, input, attrs: { perm }, target }) => {
      const rank = perm.length
      const equals = (other: readonly number[]) => other.every((axis, at) => axis === perm[at])
      // Moving the channels is what layouts are for: the same memory under another name.
      if (rank >= 4 && equals(toLast(rank))) return placed(input('x'), 'first')
      if (rank >= 4 && equals(toFirst(rank))) return input('x', 'first')
      const x = input('x')
      const steps = target.portable ? [perm] : quickOrders(x.shape, perm)
      return steps.reduce((turned, order) => builder.transpose(turned, order), x)
    },
    examples: [
      { inputs: { x: { shape: [2, 3, 4] } }, attrs: { perm: [2, 0, 1] } },
      {
        name: 'the first axis last, and others turned',
        inputs: { x: { shape: [16, 3, 8, 12] } },
        attrs: { perm: [3, 1, 2, 0] },
      },
      {
        name: 'channels last',
        inputs: { x: { shape: [2, 3, 4, 5] } },
        attrs: { perm: [0, 2, 3, 1] },
      },
      {
        name: 'channels first',
        inputs: { x: { shape: [2, 3, 4, 5] } },
        attrs: { perm: [0, 3, 1, 2] },
      },
    ],
  }),
  defineKernel<{ readonly reps: readonly Dim[] }>({
    kernel: 'Tile',
    range: 'inputs',
    gradient: tileGradient,
    sizeAttrs: ['reps'],
    isPartwise: true,
    infer: ({ inputs, attrs }) => ({
      shape: inputs.x!.shape.map((size, axis) => times(size, attrs.reps[axis]!)),
      dtype: inputs.x!.dtype,
    }),
    lower: ({ builder, input, attrs, node }) =>
      builder.node('Tile', [input('x'), builder.shape(attrs.reps)], {}, node.outputs[0]!),
    examples: [{ inputs: { x: { shape: [2, 3] } }, attrs: { reps: [2, 1] } }],
  }),
  defineKernel<{ readonly axis: number }>({
    kernel: 'Concat',
    copies: true,
    isPartwise: true,
    allSteps: (context) => {
      const { node, attrs, time, input, isStacked, again } = context
      const parts = node.inputNames.map((name) => {
        if (isStacked(name)) return [name, input(name)] as const
        // A number that stands in each place of each step takes no memory before it is written beside the others.
        const { shape, dtype } = input(name)
        const fill =
          isStatic(shape) && typeof time === 'number' ? uniformValue(input(name)) : undefined
        return [
          name,
          fill === undefined ? undefined : filled(fill, [time, ...shape], dtype),
        ] as const
      })
      if (parts.some(([, part]) => part === undefined)) return undefined
      const axis = axisBehindTime(attrs.axis, node.outputs[0]!.shape.length)
      return again(Object.fromEntries(parts) as Record<string, Value>, { axis })
    },
    sumOfSteps: again,
    infer: ({ inputs, attrs }) => {
      const parts = Object.values(inputs)
      const rank = parts[0]!.shape.length
      const axis = attrs.axis < 0 ? attrs.axis + rank : attrs.axis
      for (const { shape } of parts) {
        const fits = (size: Dim, at: number) =>
          at === axis || sameSamples(size, parts[0]!.shape[at]!)
        if (shape.length === rank && shape.every(fits)) continue
        throw new ShapeError({
          where: 'Concat',
          expected: `tensors must have the same sizes on all axes but ${axis}`,
          given: parts.map((part) => part.shape),
        })
      }
      const size = plus(...parts.map(({ shape }) => shape[axis]!))
      return {
        shape: parts[0]!.shape.map((each, index) => (index === axis ? size : each)),
        dtype: parts[0]!.dtype,
      }
    },
    lower: (context) => {
      const { builder, attrs, names, node } = context
      const rank = node.outputs[0]!.shape.length
      const axis = attrs.axis < 0 ? attrs.axis + rank : attrs.axis
      const isHeld = (layout: Layout) =>
        names.every((name) => context.layoutsOf(name).includes(layout))
      const logical = names.map((name) => context.logical(name))
      // What lies otherwise is brought to blocks here, where a convolution behind would bring all of it there.
      const isBlocked =
        canPartBlocks(logical, axis, context.target) &&
        (axis === 0
          ? isHeld('blocked')
          : names.some((name) => context.layoutsOf(name).includes('blocked')))
      const layout = isBlocked ? 'blocked' : isHeld('first') ? 'first' : 'last'
      const parts = names.map((name) => context.input(name, layout))
      return placed(builder.concat(parts, axisIn(layout, axis, rank)), layout)
    },
    examples: [{ inputs: { 0: { shape: [2, 3] }, 1: { shape: [2, 2] } }, attrs: { axis: 1 } }],
  }),
]

/** Whether images are still the same ones, their pixels in other rows: they stay in their layout. */
function areImagesOf(before: Shape, after: Shape): boolean {
  return (
    before.length === 4 &&
    after.length === 4 &&
    sameDim(before[0]!, after[0]!) &&
    sameDim(before[3]!, after[3]!)
  )
}
