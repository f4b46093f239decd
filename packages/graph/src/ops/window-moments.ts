import { constant, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { oneHotColumns, timesTransposed } from '../lower/columns.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { positions } from '../lower/im2col.ts'
import { reliableVariances } from '../lower/reliable-variances.ts'
import { type Tiles, tilesOf } from '../lower/tiles.ts'
import { type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface WindowMomentsAttrs extends WindowAttrs {
  /** [...kernel, inputs, outputs] of the convolution. */
  readonly filterShape: readonly number[]
}

interface ProductMomentsAttrs extends WindowMomentsAttrs {
  readonly varianceEpsilon: number
}

interface BatchNormFilterGradAttrs {
  readonly varianceEpsilon: number
  readonly count: number
}

const unchecked =
  "Ashlar's own kernel; test/passes/window-moments.test.ts compares it with the plain graph."

/**
 * Batch norm statistics of a convolution without its output.
 *
 * A convolution is linear: with C the matrix of what its windows see and W its filter, the output is CW, its mean is mean(C)W, and the mean of its
 * squares follows from the Gram matrix of C. A first layer has few taps and many windows, so that matrix is tiny, and passes over
 * the whole output turn into products of small matrices. The same holds for the gradient by the filter through the batch norm.
 * passes/window-moments.ts puts these kernels in.
 */
export const windowMomentsKernels: readonly KernelDeclaration[] = [
  // Means over all windows of the products of any two taps, [taps, taps], and of each tap, [taps].
  defineKernel<WindowMomentsAttrs>({
    kernel: 'WindowMoments',
    isOwn: true,
    infer: ({ inputs, attrs }) => {
      const taps = tapsOf(attrs)
      const { dtype } = inputs.x!
      return [
        { shape: [taps, taps], dtype },
        { shape: [taps], dtype },
      ]
    },
    lower: (context) => [tapProducts(context), tapMeans(context)],
    examples: [],
    unchecked,
  }),
  // Mean and variance of each output channel from the moments of the windows of `x`.
  defineKernel<ProductMomentsAttrs>({
    kernel: 'ProductMoments',
    isOwn: true,
    infer: ({ inputs }) => {
      const spec = { shape: [inputs.filter!.shape.at(-1)!], dtype: inputs.filter!.dtype }
      return [spec, spec]
    },
    lower: (context) => {
      const { builder, attrs } = context
      const { filter, mean, square } = outputMoments(context)
      const variance = builder.sub(square, builder.mul(mean, mean))
      const products = context.input('products')
      const found = { variance, filter, products, share: 1, epsilon: attrs.varianceEpsilon }
      const image = context.input('x', 'first')
      return [mean, reliableVariances(builder, found, image, { of: convolution(context) })]
    },
    examples: [],
    unchecked,
  }),
  // Gradients by filter, scale and offset of a convolution in front of a batch norm in training: `seen` is the gradient that the filter would have without the
  // batch norm, `total` the sum of dy over all `count` windows of the batch.
  defineKernel<BatchNormFilterGradAttrs>({
    kernel: 'BatchNormFilterGrad',
    isOwn: true,
    infer: ({ inputs }) => [inputs.filter!, inputs.scale!, inputs.scale!],
    lower: filterGradient,
    examples: [],
    unchecked,
  }),
]

function tapsOf({ filterShape }: WindowMomentsAttrs): number {
  return Number(sizeOf(filterShape.slice(0, -1)))
}

/**
 * Means over all windows of the products of any two taps.
 *
 * Neighbouring windows share most of what they see: a tile of them sees little more than one does. So the products are those of what tiles see, and each
 * window of a tile finds its own among them.
 */
function tapProducts(context: LowerContext<WindowMomentsAttrs>): Value {
  const { builder } = context
  const x = context.input('x', 'first')
  const [batch, channels] = x.shape as readonly [number, number]
  const window = windowFor(context)
  const tiles = tilesOf(window, batch)
  const columns = oneHotColumns(builder, x, tiles.window)
  const share = 1 / Number(sizeOf(window.output))
  const products = timesTransposed(builder, columns, columns, share)
  const means = builder.reduce('ReduceMean', products, [0], false)
  const taps = tapsOf(context.attrs)
  const rows = rowsOfTiles(tiles, window, channels)
  if (rows.length === 1) return means
  const width = Number(columns.shape[1])
  const places = rows.flatMap((row) => row.flatMap((a) => row.map((b) => BigInt(a * width + b))))
  const index = constant(BigInt64Array.from(places), [rows.length, taps * taps], 'int64')
  const parts = builder.gather(builder.reshape(means, [width * width]), index, 0)
  return builder.reshape(builder.reduce('ReduceSum', parts, [0], false), [taps, taps])
}

/** For each window of a tile, where its taps and channels lie among those of the tile. */
function rowsOfTiles({ size, window: whole }: Tiles, window: Window, channels: number): number[][] {
  return positions(size).map((at) =>
    positions(window.kernel).flatMap((tap) => {
      const row = tap.reduce(
        (sum, each, axis) =>
          sum * whole.kernel[axis]! +
          at[axis]! * window.strides[axis]! +
          each * window.dilations[axis]!,
        0,
      )
      return Array.from({ length: channels }, (_, channel) => row * channels + channel)
    }),
  )
}

/** Mean of each tap over all windows: that of the windows of the mean image, which is as many times smaller as there are images. */
function tapMeans(context: LowerContext<WindowMomentsAttrs>): Value {
  const { builder } = context
  const x = context.input('x', 'first')
  const [batch, ...image] = x.shape as readonly number[]
  const rows = builder.reshape(x, [batch!, Number(sizeOf(image))])
  const mean = builder.matMul(builder.ones(1 / batch!, [1, batch!]), rows)
  const columns = oneHotColumns(builder, builder.reshape(mean, [1, ...image]), windowFor(context))
  return builder.reduce('ReduceMean', columns, [0, 2], false)
}

function windowFor({ attrs, ...context }: LowerContext<WindowMomentsAttrs>): Window {
  const space = context.logical('x').shape.slice(1, -1) as readonly number[]
  return windowOf(space, attrs.filterShape.slice(0, -2), attrs)
}

/** The convolution itself, of an image with its channels first and a filter as a matrix. */
function convolution(context: LowerContext<ProductMomentsAttrs>) {
  const [batch] = context.logical('x').shape as readonly [number]
  const { filterShape } = context.attrs
  const [inputs, outputs] = filterShape.slice(-2) as [number, number]
  const { kernel, strides, dilations, before, after, output } = windowFor(context)
  return (builder: OnnxBuilder, x: Value, matrix: Value) => {
    const rows = builder.reshape(builder.transpose(matrix, [1, 0]), [
      outputs,
      Number(sizeOf(kernel)),
      inputs,
    ])
    const filter = builder.reshape(builder.transpose(rows, [0, 2, 1]), [outputs, inputs, ...kernel])
    const attrs = { kernel_shape: kernel, strides, dilations, pads: [...before, ...after] }
    const spec = { shape: [batch, outputs, ...output], dtype: x.dtype }
    return { y: builder.node('Conv', [x, filter], attrs, spec), layout: 'first' as const }
  }
}

/** The filter as a matrix, the Gram matrix times it, and the moments of the output. */
function outputMoments<A>(
  context: LowerContext<A>,
): Record<'filter' | 'gram' | 'mean' | 'square', Value> {
  const { builder } = context
  const shape = context.logical('filter').shape as readonly number[]
  const outputs = shape.at(-1)!
  const taps = Number(sizeOf(shape.slice(0, -1)))
  const filter = builder.reshape(context.input('filter'), [taps, outputs])
  const gram = builder.matMul(context.input('products'), filter)
  const sums = builder.reshape(context.input('sums'), [1, taps])
  return {
    filter,
    gram,
    mean: builder.reshape(builder.matMul(sums, filter), [outputs]),
    square: builder.reduce('ReduceSum', builder.mul(filter, gram), [0], false),
  }
}

/**
 * With P the mean of window times dy: s1 = mean(dy), s2 = mean(dy * y) = sum(W * P), and the gradient of ops/batch-norm.ts, dx = dy * slope + y * k + r,
 * goes through the windows as P * slope + GW * k + mean(C) * r.
 */
function filterGradient(context: LowerContext<BatchNormFilterGradAttrs>): readonly Lowered[] {
  const { builder, attrs } = context
  const { filter, gram, mean } = outputMoments(context)
  const total = builder.scalar(attrs.count)
  const share = builder.scalar(1 / attrs.count)
  const seen = builder.mul(builder.reshape(context.input('seen'), filter.shape), share)
  const s1 = builder.mul(context.input('total'), share)
  const s2 = builder.reduce('ReduceSum', builder.mul(filter, seen), [0], false)
  const variance = builder.add(context.input('variance'), builder.scalar(attrs.varianceEpsilon))
  const inverse = builder.unary('Reciprocal', builder.unary('Sqrt', variance))
  const slope = builder.mul(context.input('scale'), inverse)
  const sx = builder.mul(builder.sub(s2, builder.mul(mean, s1)), inverse)
  const k = builder.unary('Neg', builder.mul(builder.mul(sx, inverse), slope))
  const r = builder.unary('Neg', builder.add(builder.mul(s1, slope), builder.mul(k, mean)))
  const sums = builder.reshape(context.input('sums'), [filter.shape[0]!, 1])
  const through = builder.add(
    builder.add(builder.mul(seen, slope), builder.mul(gram, k)),
    builder.mul(sums, r),
  )
  return [
    builder.reshape(builder.mul(through, total), context.logical('filter').shape),
    builder.mul(sx, total),
    builder.mul(s1, total),
  ]
}
