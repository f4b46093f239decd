import { ShapeError } from '@ashlar/errors'
import { backend_util, slice_util } from '@tensorflow/tfjs'
import { type Dim, dim, type Shape, sameDim, type Value } from '../ir/index.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { axisLayout, placed } from '../lower/elementwise.ts'
import { axisIn, shapeIn } from '../lower/layout.ts'
import { reversed, sliceAt, TO_START } from '../lower/slices.ts'
import { axisWithin } from './axis.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface SliceAttrs {
  readonly begin: Dim | readonly Dim[]
  readonly size: Dim | readonly Dim[]
}

interface StridedSliceAttrs {
  readonly begin: readonly number[]
  readonly end: readonly number[]
  readonly strides: readonly number[]
  readonly beginMask: number
  readonly endMask: number
  readonly ellipsisMask: number
  readonly newAxisMask: number
  readonly shrinkAxisMask: number
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
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const [begin, size] = slice_util.parseSliceParams(
        { shape: [...shape] } as never,
        attrs.begin as number[],
        attrs.size as number[],
      ) as [number[], number[]]
      if (begin.some((start, axis) => start < 0 || start + size[axis]! > shape[axis]!)) {
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
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      return { shape: sliceInfo(shape, attrs).finalShape, dtype }
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
    infer: ({ inputs }) => inputs.image!,
    lower: (context) => reverse(context as never, 'image', [2]),
    examples: [{ inputs: { image: { shape: [2, 3, 4, 3] } } }],
  }),
  defineKernel<{ readonly numOrSizeSplits: Dim | readonly Dim[]; readonly axis: number }>({
    kernel: 'SplitV',
    copies: true,
    isPartwise: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const axis = axisWithin('split', attrs.axis, shape.length)
      const sizes = backend_util.prepareSplitSize(
        { shape: [...shape] } as never,
        attrs.numOrSizeSplits as number[],
        axis,
      )
      return sizes.map((size) => ({
        shape: shape.map((each, at) => (at === axis ? size : each)),
        dtype,
      }))
    },
    lower: (context) => {
      const { builder, node, attrs } = context
      const layout = axisLayout(context as never, 'x')
      const x = context.input('x', layout)
      if (node.outputs.length === 1) return [placed(x, layout)]
      const axis = axisWithin('split', attrs.axis, x.shape.length)
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

function sliceInfo(shape: readonly number[], attrs: StridedSliceAttrs) {
  const { begin, end, strides, ...masks } = attrs
  return slice_util.sliceInfo(
    [...shape],
    [...begin],
    [...end],
    [...strides],
    masks.beginMask,
    masks.endMask,
    masks.ellipsisMask,
    masks.newAxisMask,
    masks.shrinkAxisMask,
  )
}

/** TensorFlow's masks are worked out for each captured size; what is left is one Slice and a Reshape. */
function stridedSlice({ builder, attrs, input, node }: LowerContext<StridedSliceAttrs>): Value {
  const x = input('x')
  const infos = samplesOf(x.shape).map((shape) => sliceInfo(shape, attrs))
  const along = (list: 'begin' | 'end', axis: number) => dim(infos.map((info) => info[list][axis]!))
  const { strides } = infos[0]!
  const axes = [...x.shape.keys()]
  // Before the first element, counted from zero, is -1; to ONNX that is the last.
  const ends = axes.map((axis) => {
    const end = along('end', axis)
    return end === -1 && strides[axis]! < 0 ? TO_START : end
  })
  const sizes = axes.map((axis) =>
    dim(
      infos.map(({ begin, end }) =>
        Math.max(0, Math.ceil((end[axis]! - begin[axis]!) / strides[axis]!)),
      ),
    ),
  )
  const starts = builder.shape(axes.map((axis) => along('begin', axis)))
  const inputs = [x, starts, builder.shape(ends), builder.ints(axes), builder.ints(strides)]
  const part = builder.node('Slice', inputs, {}, { shape: sizes, dtype: x.dtype })
  return builder.reshape(part, node.outputs[0]!.shape)
}

/** The shape at each captured size. */
function samplesOf(shape: Shape): number[][] {
  const varying = shape.find((size) => typeof size !== 'number')
  const count = typeof varying === 'object' ? varying.samples.length : 1
  return Array.from({ length: count }, (_, index) =>
    shape.map((size) => (typeof size === 'number' ? size : size.samples[index]!)),
  )
}
