import { ShapeError } from '@ashlar/errors'
import { type Dim, plus, type Shape, sameSamples, sizeOf, type Value } from '../ir/index.ts'
import { unsortedSegmentSum } from '../javascript/segments.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { takeAlong } from '../lower/slices.ts'
import { added, addedByProduct, isWorthProduct } from './added-rows.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import {
  bincountGradient,
  gatherNdGradient,
  scatterNdGradient,
  scatterUpdateGradient,
  segmentGradient,
  sparseToDenseGradient,
} from './gradients/picking.ts'

const pairs = { shape: [3, 2], dtype: 'int32', values: [0, 1, 2, 0, 0, 1] } as const

/** Kernels that read and write elements at listed places. */
export const scatterKernels: readonly KernelDeclaration[] = [
  defineKernel({
    kernel: 'GatherNd',
    gradient: gatherNdGradient,
    infer: ({ inputs }) => {
      const { shape, dtype } = inputs.params!
      const places = inputs.indices!.shape
      // A scalar has no last size.
      const depth = Number(places.at(-1) ?? Number.POSITIVE_INFINITY)
      if (depth > shape.length) {
        throw new ShapeError({
          where: 'gatherND',
          expected: `the last size of the indices must be at most ${shape.length}`,
          given: places,
        })
      }
      return { shape: [...places.slice(0, -1), ...shape.slice(depth)], dtype }
    },
    lower: ({ builder, input, node }) => {
      const places = builder.cast(input('indices'), 'int64')
      return builder.node('GatherND', [input('params'), places], {}, node.outputs[0]!)
    },
    examples: [
      { inputs: { params: { shape: [3, 2, 4] }, indices: pairs } },
      {
        name: 'single elements',
        inputs: {
          params: { shape: [3, 2] },
          indices: { shape: [2, 1, 2], dtype: 'int32', values: [2, 1, 0, 0] },
        },
      },
    ],
  }),
  defineKernel<{ readonly shape: readonly Dim[] }>({
    kernel: 'ScatterNd',
    gradient: scatterNdGradient,
    sizeAttrs: ['shape'],
    infer: ({ inputs, attrs }) => ({
      shape: attrs.shape,
      dtype: inputs.updates!.dtype,
    }),
    lower: (context) => {
      const { builder, node } = context
      const { shape, dtype } = node.outputs[0]!
      const { places, values } = scattered(context as never, shape, 'indices', 'updates')
      const depth = places.shape.at(-1) as number
      const rows = [sizeOf(shape.slice(0, depth)), ...shape.slice(depth)]
      const count = sizeOf(places.shape.slice(0, -1))
      const flat = builder.reshape(flatPlaces(builder, places, shape), [count])
      const updates = builder.reshape(builder.cast(values, dtype), [count, ...rows.slice(1)])
      return builder.reshape(added(builder, rows, dtype, flat, updates), shape)
    },
    examples: [
      {
        inputs: { indices: pairs, updates: { shape: [3, 4] } },
        attrs: { shape: [3, 2, 4] },
      },
      {
        name: 'a list',
        inputs: {
          indices: { shape: [3, 1], dtype: 'int32', values: [4, 1, 4] },
          updates: { shape: [3], dtype: 'int32' },
        },
        attrs: { shape: [6] },
      },
    ],
  }),
  defineKernel({
    kernel: 'TensorScatterUpdate',
    gradient: scatterUpdateGradient,
    infer: ({ inputs }) => inputs.tensor!,
    lower: (context) => written(context, context.input('tensor'), 'indices', 'updates'),
    examples: [
      {
        inputs: {
          tensor: { shape: [4, 3] },
          indices: { shape: [2, 1], dtype: 'int32', values: [3, 1] },
          updates: { shape: [2, 3] },
        },
      },
    ],
  }),
  defineKernel<{ readonly outputShape: readonly Dim[] }>({
    kernel: 'SparseToDense',
    gradient: sparseToDenseGradient,
    sizeAttrs: ['outputShape'],
    infer: ({ inputs, attrs }) => ({
      shape: attrs.outputShape,
      dtype: inputs.sparseValues!.dtype,
    }),
    lower: (context) => {
      const { builder, node } = context
      const { shape, dtype } = node.outputs[0]!
      const filling = builder.reshape(builder.cast(context.input('defaultValue'), dtype), [])
      const spec = { shape, dtype }
      const dense = builder.node('Expand', [filling, builder.shape(shape)], {}, spec)
      return written(context as never, dense, 'sparseIndices', 'sparseValues')
    },
    examples: [
      {
        inputs: {
          sparseIndices: { shape: [2, 2], dtype: 'int32', values: [0, 1, 2, 0] },
          sparseValues: { shape: [2] },
          defaultValue: { shape: [] },
        },
        attrs: { outputShape: [3, 2] },
      },
      {
        name: 'one value',
        inputs: {
          sparseIndices: { shape: [3], dtype: 'int32', values: [0, 1, 4] },
          sparseValues: { shape: [] },
          defaultValue: { shape: [] },
        },
        attrs: { outputShape: [5] },
      },
    ],
  }),
  defineKernel<{ readonly numSegments: Dim; readonly areKnown?: boolean }>({
    kernel: 'UnsortedSegmentSum',
    sizeAttrs: ['numSegments'],
    infer: ({ inputs, attrs }) => {
      const { shape } = inputs.x!
      const ids = inputs.segmentIds!.shape
      if (ids.length !== 1 || !sameSamples(ids[0]!, shape[0]!)) {
        throw new ShapeError({
          where: 'unsortedSegmentSum',
          expected: 'segmentIds must be a list with an entry for each row of x',
          given: { x: shape, segmentIds: ids },
        })
      }
      // tfjs multiplies by a mask of floats.
      return { shape: [attrs.numSegments, ...shape.slice(1)], dtype: 'float32' }
    },
    lower: ({ builder, input, attrs, node }) => {
      const x = builder.cast(input('x'), 'float32')
      const { shape, dtype } = node.outputs[0]!
      if (attrs.areKnown) return added(builder, shape, dtype, input('segmentIds'), x)
      const places = clamped(builder, input('segmentIds'), attrs.numSegments)
      const sums = added(builder, [plus(attrs.numSegments, 1), ...shape.slice(1)], dtype, places, x)
      return takeAlong(builder, sums, 0, 0, attrs.numSegments)
    },
    wrongInTfjs: {
      how: 'It reads all rows once for each segment, and one infinite number makes NaN of all segments.',
      instead: unsortedSegmentSum,
    },
    forms: [
      {
        name: 'product',
        isInexact: true,
        fits: ({ input, node }) => isWorthProduct(input('x').shape, node.outputs[0]!.shape),
        lower: ({ builder, input, node }) => {
          const x = builder.cast(input('x'), 'float32')
          return addedByProduct(builder, node.outputs[0]!.shape, input('segmentIds'), x)
        },
      },
    ],
    examples: [
      {
        inputs: {
          x: { shape: [5, 3] },
          segmentIds: { shape: [5], dtype: 'int32', values: [2, 0, 2, 1, 0] },
        },
        attrs: { numSegments: 4 },
      },
      {
        name: 'known',
        inputs: {
          x: { shape: [4, 2] },
          segmentIds: { shape: [4], dtype: 'int32', values: [2, 0, 2, 1] },
        },
        attrs: { numSegments: 3, areKnown: true },
      },
      {
        name: 'outside',
        inputs: {
          x: { shape: [4] },
          segmentIds: { shape: [4], dtype: 'int32', values: [-1, 0, 9, 1] },
        },
        attrs: { numSegments: 3 },
      },
    ],
  }),
  ...(['SparseSegmentSum', 'SparseSegmentMean'] as const).map((kernel) =>
    defineKernel({
      kernel,
      gradient: segmentGradient(kernel === 'SparseSegmentMean'),
      infer: ({ inputs, constantOf }) => {
        const { shape, dtype } = inputs.data!
        const ids = constantOf('segmentIds')
        if (ids === undefined) {
          throw new ShapeError({
            where: kernel,
            expected: 'segmentIds must be a constant: the last of them says how many rows come out',
          })
        }
        const list = Array.from(ids as Int32Array)
        const picked = constantOf('indices')
        const isOrdered = list.every((id, at) => id >= (list[at - 1] ?? 0))
        const isInside = picked === undefined || isBetween(picked as Int32Array, Number(shape[0]!))
        if (!isOrdered || !isInside) {
          throw new ShapeError({
            where: kernel,
            expected: isOrdered
              ? `indices must be from 0 to ${Number(shape[0]!) - 1}`
              : 'segmentIds must not fall and not be negative',
            given: isOrdered ? picked : ids,
          })
        }
        return { shape: [list.length === 0 ? 0 : list.at(-1)! + 1, ...shape.slice(1)], dtype }
      },
      lower: (context) => segmentReduction(context, kernel === 'SparseSegmentMean'),
      examples: [],
      unchecked: 'test/ops/scatter.test.ts compares it, since its segments must be a constant.',
    }),
  ),
  ...(['Bincount', 'DenseBincount'] as const).map((kernel) =>
    defineKernel<{ readonly size: number; readonly binaryOutput?: boolean }>({
      kernel,
      gradient: bincountGradient,
      infer: ({ inputs, attrs, constantOf }) => {
        const values = constantOf('x')
        if (values?.some((value) => Number(value) < 0)) {
          throw new ShapeError({ where: kernel, expected: 'x must not be negative', given: values })
        }
        const { shape } = inputs.x!
        return { shape: [...shape.slice(0, -1), attrs.size], dtype: inputs.weights!.dtype }
      },
      lower: bincount,
      examples: bincountExamples(kernel === 'DenseBincount'),
    }),
  ),
]

function isBetween(values: Iterable<number>, size: number): boolean {
  return [...values].every((value) => value >= 0 && value < size)
}

/** What is to go to a tensor of the given shape, and where; a list of plain numbers names rows. A single number is meant for all places. */
function scattered(
  { builder, input }: LowerContext,
  target: Shape,
  indices: string,
  updates: string,
): { readonly places: Value; readonly values: Value } {
  const given = builder.cast(input(indices), 'int64')
  const places = given.shape.length > 1 ? given : builder.reshape(given, [sizeOf(given.shape), 1])
  const depth = places.shape.at(-1) as number
  const shape: Shape = [...places.shape.slice(0, -1), ...target.slice(depth)]
  const values = input(updates)
  const { dtype } = values
  if (values.shape.length > 0) return { places, values: builder.reshape(values, shape) }
  const all = builder.node('Expand', [values, builder.shape(shape)], {}, { shape, dtype })
  return { places, values: all }
}

/** `target` with updates written at listed places, none of which is there twice. */
function written(context: LowerContext, target: Value, indices: string, updates: string): Value {
  const { builder } = context
  const { places, values } = scattered(context, target.shape, indices, updates)
  const inputs = [target, places, builder.cast(values, target.dtype)]
  return builder.node('ScatterND', inputs, {}, target)
}

/** Places in the first axes of a shape, a number for each of them, as places in one axis that has them all. */
function flatPlaces(builder: OnnxBuilder, places: Value, shape: Shape): Value {
  const last = places.shape.length - 1
  const [first, ...rest] = shape
    .slice(0, places.shape[last] as number)
    .map((_, at) => takeAlong(builder, places, last, at, 1))
  return rest.reduce((flat, each, at) => {
    const before = builder.mul(flat, builder.scalar(shape[at + 1]!, 'int64'))
    return builder.add(before, each)
  }, first!)
}

/** Places from 0 to size - 1 as they are, all others as `size`, where nobody looks. */
function clamped(builder: OnnxBuilder, places: Value, size: Dim): Value {
  const wide = builder.cast(places, 'int64')
  const [zero, end] = [builder.scalar(0, 'int64'), builder.scalar(size, 'int64')]
  const below = builder.binary('Less', wide, zero, 'bool')
  const least = builder.binary('Min', wide, end)
  return builder.where(below, end, least)
}

function segmentReduction({ builder, input, node }: LowerContext, isMean: boolean): Value {
  const { shape, dtype } = node.outputs[0]!
  const picked = builder.gather(input('data'), input('indices'), 0)
  const places = input('segmentIds')
  const sums = added(builder, shape, dtype, places, picked)
  if (!isMean) return sums
  const counts = [shape[0]!, ...shape.slice(1).map(() => 1)]
  const ones = builder.full(1, [places.shape[0]!, ...shape.slice(1).map(() => 1)], dtype)
  const members = added(builder, counts, dtype, places, ones)
  return builder.div(sums, builder.binary('Max', members, builder.scalar(1, dtype)))
}

/** Each row's numbers add their weight, or one, at their own place. */
function bincount({
  builder,
  input,
  logical,
  attrs,
  node,
}: LowerContext<{ readonly size: number; readonly binaryOutput?: boolean }>): Value {
  const { shape, dtype } = node.outputs[0]!
  const axis = shape.length - 1
  const places = clamped(builder, input('x'), attrs.size)
  const hasWeights = sizeOf(logical('weights').shape) !== 0 && !attrs.binaryOutput
  const weights = hasWeights ? input('weights') : builder.full(1, places.shape, dtype)
  const zeros = builder.full(0, [...shape.slice(0, -1), attrs.size + 1], dtype)
  // None is what is done without the attribute, which came with opset 16.
  const attributes = { axis, ...(attrs.binaryOutput ? {} : { reduction: 'add' }) }
  const counts = builder.node('ScatterElements', [zeros, places, weights], attributes, zeros)
  return takeAlong(builder, counts, axis, 0, attrs.size)
}

function bincountExamples(isDense: boolean): KernelDeclaration['examples'] {
  const x = { shape: [6], dtype: 'int32', values: [1, 3, 1, 9, 0, 3] } as const
  return [
    { inputs: { x, weights: { shape: [6] } }, attrs: { size: 5 } },
    ...(isDense
      ? [
          {
            name: 'rows',
            inputs: {
              x: { shape: [2, 3], dtype: 'int32', values: [1, 1, 0, 4, 2, 2] },
              weights: { shape: [2, 3] },
            },
            attrs: { size: 4, binaryOutput: false },
          } as const,
          {
            name: 'whether at all',
            inputs: {
              x: { shape: [2, 3], dtype: 'int32', values: [1, 1, 0, 4, 2, 2] },
              weights: { shape: [2, 3] },
            },
            attrs: { size: 4, binaryOutput: true },
          } as const,
        ]
      : []),
  ]
}
