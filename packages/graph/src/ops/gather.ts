import { ShapeError } from '@ashlar/errors'
import { type Dim, type DType, isStatic, sameSamples, sizeOf } from '../ir/index.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { shapeIn } from '../lower/layout.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { gatherGradient } from './gradients/picking.ts'

type Picking = LowerContext<{ readonly axis: number; readonly batchDims?: number }>

/** Whether it is channels that are picked of images, so many that it pays to bring the images channels first. */
function movesPlanes({ logical, attrs, layoutsOf, target }: Picking): boolean {
  const [{ shape }, indices] = [logical('x'), logical('indices')]
  const { axis, batchDims } = axesOf(attrs, shape, indices.shape)
  const isOfChannels = shape.length === 4 && axis === 3 && batchDims === 0
  if (!isOfChannels || target.portable || indices.shape.length !== 1) return false
  if (!isStatic(shape)) return false
  return layoutsOf('x').includes('first') || Number(indices.shape[0]) * 2 >= Number(shape[3])
}

/** Channels first, each is a plane that is copied as it lies; channels last, numbers are picked one by one. */
function channelsOfImages({ builder, input, node }: Picking): Placed {
  const x = input('x', 'first')
  const [batch, channels, ...space] = x.shape as readonly number[]
  const planes = builder.reshape(x, [batch!, channels!, Number(sizeOf(space))])
  const picked = builder.gather(planes, input('indices'), 1)
  const { shape } = node.outputs[0]!
  return { value: builder.reshape(picked, shapeIn('first', shape)), layout: 'first' }
}

/** Kernels that pick elements by index. */
export const gatherKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly axis: number; readonly batchDims?: number }>({
    kernel: 'GatherV2',
    range: 'inputs',
    gradient: gatherGradient,
    isPartwise: true,
    indexed: { input: 'indices', size: ({ x }, { axis }) => x!.shape.at(axis)! },
    infer: ({ inputs, attrs, constantOf }) => {
      const { shape, dtype } = inputs.x!
      const { axis, batchDims } = axesOf(attrs, shape, inputs.indices!.shape)
      const indices = inputs.indices!.shape
      const size = shape[axis]!
      const outside = constantOf('indices')?.find(
        (index) =>
          typeof index !== 'object' &&
          (Number(index) < 0 || (typeof size === 'number' && index >= size)),
      )
      const fits =
        batchDims <= axis &&
        shape.slice(0, batchDims).every((each, at) => sameSamples(each, indices[at]!))
      if (!fits || outside !== undefined) {
        throw new ShapeError({
          where: 'gather',
          expected: fits
            ? `indices must be from 0 to ${Number(size) - 1}`
            : 'the first `batchDims` sizes must be equal and lie before `axis`',
          given: fits ? outside : { x: shape, indices, axis, batchDims },
        })
      }
      return {
        shape: [...shape.slice(0, axis), ...indices.slice(batchDims), ...shape.slice(axis + 1)],
        dtype,
      }
    },
    lower: (context) => {
      const { builder, input, attrs, node, logical } = context
      if (movesPlanes(context)) return channelsOfImages(context)
      const x = input('x')
      const indices = input('indices')
      const { axis, batchDims } = axesOf(attrs, x.shape, logical('indices').shape)
      if (batchDims === 0) return builder.gather(x, indices, axis)
      // GatherND picks on the axis right behind the batch: move the gathered axis there, and what it passed back behind the indices.
      const rank = x.shape.length
      const axes = Array.from({ length: rank }, (_, at) => at)
      const passed = axes.slice(batchDims, axis)
      const before = axes.slice(0, batchDims)
      const moved = builder.transpose(x, [...before, axis, ...passed, ...axes.slice(axis + 1)])
      const picks = indices.shape.length - batchDims
      const places = builder.reshape(builder.cast(indices, 'int64'), [...indices.shape, 1])
      const { shape, dtype } = node.outputs[0]!
      const total = axes.length - 1 + picks
      // Where each axis of the result comes from.
      const back = [
        ...before,
        ...passed.map((at) => at + picks),
        ...Array.from({ length: picks }, (_, at) => batchDims + at),
        ...Array.from({ length: total - axis - picks }, (_, at) => axis + picks + at),
      ]
      const inOrder = back.map((_, at) => shape[back.indexOf(at)]!)
      const spec = { shape: inOrder, dtype }
      const picked = builder.node('GatherND', [moved, places], { batch_dims: batchDims }, spec)
      return builder.transpose(picked, back)
    },
    examples: [
      {
        inputs: { x: { shape: [4, 3] }, indices: { shape: [2], dtype: 'int32', values: [3, 1] } },
        attrs: { axis: 0, batchDims: 0 },
      },
      {
        name: 'channels of images',
        inputs: {
          x: { shape: [2, 3, 2, 5] },
          indices: { shape: [4], dtype: 'int32', values: [3, 1, 1, 4] },
        },
        attrs: { axis: 3, batchDims: 0 },
      },
      {
        name: 'batches',
        inputs: {
          x: { shape: [2, 3, 4, 2] },
          indices: { shape: [2, 2], dtype: 'int32', values: [3, 1, 0, 2] },
        },
        attrs: { axis: 2, batchDims: 1 },
      },
    ],
  }),
  defineKernel<{
    readonly depth: Dim
    readonly onValue?: number
    readonly offValue?: number
    readonly dtype?: DType
  }>({
    kernel: 'OneHot',
    sizeAttrs: ['depth'],
    indexed: { input: 'indices', size: (_, { depth }) => depth, mayMiss: true },
    infer: ({ inputs, attrs }) => ({
      shape: [...inputs.indices!.shape, attrs.depth],
      dtype: attrs.dtype ?? 'int32',
    }),
    // ONNX's OneHot counts negative indices from the end, and tfjs gives such a row off values alone; so compare with all places.
    lower: ({ builder, input, attrs, node }) => {
      const { shape, dtype } = node.outputs[0]!
      const indices = input('indices')
      const { depth, onValue = 1, offValue = 0 } = attrs
      const places = rangeOf(builder, depth, 'int32')
      const each = builder.reshape(indices, [...shape.slice(0, -1), 1])
      const hit = builder.cast(builder.binary('Equal', each, places, 'bool'), dtype)
      if (onValue === 1 && offValue === 0) return hit
      const scaled = builder.mul(hit, builder.scalar(onValue - offValue, dtype))
      return builder.add(scaled, builder.scalar(offValue, dtype))
    },
    examples: [
      {
        inputs: { indices: { shape: [3], dtype: 'int32', values: [0, 2, 1] } },
        attrs: { depth: 4, onValue: 1, offValue: 0, dtype: 'float32' },
      },
      {
        name: 'outside',
        inputs: { indices: { shape: [4], dtype: 'int32', values: [0, -1, 9, 1] } },
        attrs: { depth: 3, onValue: 3, offValue: -2, dtype: 'float32' },
      },
    ],
  }),
]

function axesOf(
  attrs: { readonly axis: number; readonly batchDims?: number },
  x: readonly unknown[],
  indices: readonly unknown[],
): { readonly axis: number; readonly batchDims: number } {
  const { axis, batchDims = 0 } = attrs
  return {
    axis: axis < 0 ? axis + x.length : axis,
    batchDims: batchDims < 0 ? batchDims + indices.length : batchDims,
  }
}
