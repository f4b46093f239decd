import { ShapeError } from '@ashlar/errors'
import { type Dim, floorDiv, isStatic, minus, plus, sameDim, type Value } from '../ir/index.ts'
import { canPartBlocks } from '../lower/blocked-convolution.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { axisLayout, placed } from '../lower/elementwise.ts'
import { axisIn, shapeIn } from '../lower/layout.ts'
import { reversed, sliceAt } from '../lower/slices.ts'
import { axisBehindTime, withTime } from './all-steps.ts'
import { axisWithin } from './axis.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { flipGradient, stridedSliceGradient } from './gradients/shaping.ts'
import { type StridedSliceAttrs, slicesOf } from './strided-slice.ts'

interface SliceAttrs {
  readonly begin: Dim | readonly Dim[]
  readonly size: Dim | readonly Dim[]
}

const noMasks = {
  beginMask: 0,
  endMask: 0,
  ellipsisMask: 0,
  newAxisMask: 0,
  shrinkAxisMask: 0,
} as const

/** Kernels that take parts of a tensor by position. */
export const slicingKernels: readonly KernelDeclaration[] = [
  defineKernel<SliceAttrs>({
    kernel: 'Slice',
    allSteps: withTime(({ begin }, { node, time }) => {
      const { shape } = node.outputs[0]!
      const starts = [begin].flat()
      return { begin: [0, ...shape.map((_, axis) => starts[axis] ?? 0)], size: [time, ...shape] }
    }),
    sizeAttrs: ['begin', 'size'],
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const begin = listOf(attrs.begin, shape.length, 0)
      const size = listOf(attrs.size, shape.length, -1).map((each, axis) =>
        typeof each === 'number' && each < 0 ? minus(shape[axis]!, begin[axis]!) : each,
      )
      const isOutside = (start: Dim, axis: number) =>
        Number(start) < 0 ||
        Number(size[axis]!) < 0 ||
        Number(start) + Number(size[axis]!) > Number(shape[axis]!)
      // Sizes that vary were held against each other while they were captured.
      if (begin.some(isOutside)) {
        throw new ShapeError({
          where: 'slice',
          expected: 'begin + size must be at most the size on every axis',
          given: { shape, begin, size },
        })
      }
      return { shape: size, dtype }
    },
    lower: (context) => {
      const { builder, node, attrs } = context
      const { shape } = node.outputs[0]!
      const given = Array.isArray(attrs.begin) ? (attrs.begin as Dim[]) : [attrs.begin as Dim]
      const begin = shape.map((_, axis) => given[axis] ?? 0)
      const whole = context.logical('x').shape
      const isOfBatch = shape.every(
        (size, axis) => axis === 0 || (begin[axis] === 0 && sameDim(size, whole[axis]!)),
      )
      // Images lie one after the other in every layout.
      const layout = isOfBatch ? context.layoutOf('x') : axisLayout(context as never, 'x')
      const x = context.input('x', layout)
      return placed(sliceAt(builder, x, shapeIn(layout, begin), shapeIn(layout, shape)), layout)
    },
    examples: [
      { inputs: { x: { shape: [3, 4, 5] } }, attrs: { begin: [1, 0, 2], size: [2, 4, 2] } },
      { name: 'rest', inputs: { x: { shape: [4, 3] } }, attrs: { begin: [1, 1], size: [-1, 1] } },
      {
        name: 'integers',
        inputs: { x: { shape: [6], dtype: 'int32' } },
        attrs: { begin: [2], size: [3] },
      },
    ],
  }),
  defineKernel<StridedSliceAttrs>({
    kernel: 'StridedSlice',
    gradient: stridedSliceGradient,
    sizeAttrs: ['begin', 'end'],
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      return { shape: slicesOf(shape, attrs).shape, dtype }
    },
    lower: stridedSlice,
    examples: [
      {
        inputs: { x: { shape: [5, 6] } },
        attrs: { begin: [0, 1], end: [5, 6], strides: [2, 3], ...noMasks },
      },
      {
        name: 'backwards',
        inputs: { x: { shape: [5, 4] } },
        attrs: { begin: [4, 3], end: [0, 0], strides: [-2, -1], ...noMasks, endMask: 2 },
      },
      {
        name: 'masks',
        inputs: { x: { shape: [3, 4, 5] } },
        attrs: {
          begin: [1, 0, 2, 1],
          end: [2, 0, 0, 3],
          strides: [1, 1, 1, 1],
          beginMask: 0,
          endMask: 0,
          ellipsisMask: 2,
          newAxisMask: 4,
          shrinkAxisMask: 1,
        },
      },
    ],
  }),
  defineKernel<{ readonly dims: number | readonly number[] }>({
    kernel: 'Reverse',
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      for (const axis of [attrs.dims].flat()) axisWithin('reverse', axis, shape.length)
      return { shape, dtype }
    },
    lower: (context) => reverse(context as never, 'x', [context.attrs.dims].flat()),
    examples: [
      { inputs: { x: { shape: [2, 3, 4] } }, attrs: { dims: [0, 2] } },
      { name: 'from the end', inputs: { x: { shape: [2, 3] } }, attrs: { dims: [-1] } },
    ],
  }),
  defineKernel({
    kernel: 'FlipLeftRight',
    gradient: flipGradient,
    infer: ({ inputs }) => inputs.image!,
    lower: (context) => reverse(context as never, 'image', [2]),
    examples: [{ inputs: { image: { shape: [2, 3, 4, 3] } } }],
  }),
  defineKernel<{ readonly numOrSizeSplits: Dim | readonly Dim[]; readonly axis: number }>({
    kernel: 'SplitV',
    allSteps: withTime(({ axis, numOrSizeSplits }, { node }) => ({
      numOrSizeSplits,
      axis: axisBehindTime(axis, node.outputs[0]!.shape.length),
    })),
    sizeAttrs: ['numOrSizeSplits'],
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const axis = axisWithin('split', attrs.axis, shape.length)
      const sizes = partsOf(shape[axis]!, attrs.numOrSizeSplits)
      return sizes.map((size) => ({
        shape: shape.map((each, at) => (at === axis ? size : each)),
        dtype,
      }))
    },
    lower: (context) => {
      const { builder, node, attrs } = context
      const axis = axisWithin('split', attrs.axis, context.logical('x').shape.length)
      const isBlocked =
        context.layoutOf('x') === 'blocked' && canPartBlocks(node.outputs, axis, context.target)
      const layout = isBlocked ? 'blocked' : axisLayout(context as never, 'x')
      const x = context.input('x', layout)
      if (node.outputs.length === 1) return [placed(x, layout)]
      const sizes = builder.shape(node.outputs.map(({ shape }) => shape[axis]!))
      return builder
        .nodes(
          'Split',
          [x, sizes],
          { axis: axisIn(layout, axis, x.shape.length) },
          node.outputs.map(({ shape, dtype }) => ({ shape: shapeIn(layout, shape), dtype })),
        )
        .map((part) => placed(part, layout))
    },
    examples: [
      { inputs: { x: { shape: [2, 6] } }, attrs: { numOrSizeSplits: 3, axis: 1 } },
      {
        name: 'sizes',
        inputs: { x: { shape: [5, 2] } },
        attrs: { numOrSizeSplits: [1, -1, 2], axis: 0 },
      },
    ],
  }),
]

function reverse(context: LowerContext, name: string, dims: readonly number[]): Lowered {
  const layout = axisLayout(context, name)
  const x = context.input(name, layout)
  const axes = dims.map((each) => axisIn(layout, each, x.shape.length))
  return placed(reversed(context.builder, x, axes), layout)
}

/** What a slice begins at, or how much it takes, along each axis. */
function listOf(given: Dim | readonly Dim[], rank: number, otherwise: number): Dim[] {
  const list = Array.isArray(given) ? (given as readonly Dim[]) : [given as Dim]
  return Array.from({ length: rank }, (_, axis) => list[axis] ?? otherwise)
}

/** Sizes of the parts: a number of equal ones, or each, of which one may be the rest. */
function partsOf(size: Dim, given: Dim | readonly Dim[]): readonly Dim[] {
  if (!Array.isArray(given)) {
    const count = given as Dim
    const isWhole =
      typeof size === 'number' && typeof count === 'number' ? size % count === 0 : true
    if (typeof count !== 'number' || !isWhole) {
      throw new ShapeError({
        where: 'split',
        expected: 'the number of parts must be fixed, and divide the size of the axis',
        given: { size, count },
      })
    }
    return Array.from({ length: count }, () => floorDiv(size, count))
  }
  const sizes = given as readonly Dim[]
  const others = sizes.filter((each) => each !== -1)
  const rest = minus(size, ...others)
  const total = others.length === sizes.length ? plus(...others) : size
  if (sizes.length - others.length > 1 || (isStatic([total, size]) && total !== size)) {
    throw new ShapeError({
      where: 'split',
      expected: 'the sizes of the parts must add up to the size of the axis; one may be -1',
      given: { size, parts: sizes },
    })
  }
  return sizes.map((each) => (each === -1 ? rest : each))
}

/** TensorFlow's masks are worked out; what is left is one Slice and a Reshape. */
function stridedSlice({ builder, attrs, input, node }: LowerContext<StridedSliceAttrs>): Value {
  const x = input('x')
  const { begin, end, strides, sizes } = slicesOf(x.shape, attrs)
  const axes = [...x.shape.keys()]
  const places = [begin, end].map((each) => builder.shape(each))
  const inputs = [x, ...places, builder.ints(axes), builder.ints(strides)]
  const part = builder.node('Slice', inputs, {}, { shape: sizes, dtype: x.dtype })
  return builder.reshape(part, node.outputs[0]!.shape)
}
