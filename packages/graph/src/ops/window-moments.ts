import type { Value } from '../ir/index.ts'
import { sizeOf } from '../ir/index.ts'
import { channelMeans } from '../lower/channels.ts'
import { oneHotColumns, timesTransposed } from '../lower/columns.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface WindowMomentsAttrs extends WindowAttrs {
  /** [...kernel, inputs, outputs] of the convolution. */
  readonly filterShape: readonly number[]
  readonly varianceEpsilon: number
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
    lower: (context) => {
      const { builder } = context
      const columns = columnsOf(context)
      const share = 1 / Number(columns.shape[2])
      const products = timesTransposed(builder, columns, columns, share)
      return [builder.reduce('ReduceMean', products, [0], false), tapMeans(context)]
    },
    examples: [],
    unchecked,
  }),
  // Mean and variance of each output channel from the moments of the windows.
  defineKernel({
    kernel: 'ProductMoments',
    isOwn: true,
    infer: ({ inputs }) => {
      const spec = { shape: [inputs.filter!.shape.at(-1)!], dtype: inputs.filter!.dtype }
      return [spec, spec]
    },
    lower: (context) => {
      const { builder } = context
      const { mean, square } = outputMoments(context)
      return [mean, builder.sub(square, builder.mul(mean, mean))]
    },
    examples: [],
    unchecked,
  }),
  // Gradients by filter, scale and offset of a convolution in front of a batch norm in training.
  defineKernel<WindowMomentsAttrs>({
    kernel: 'BatchNormFilterGrad',
    isOwn: true,
    infer: ({ inputs, attrs }) => [
      { shape: attrs.filterShape, dtype: inputs.dy!.dtype },
      inputs.scale!,
      inputs.scale!,
    ],
    lower: filterGradient,
    examples: [],
    unchecked,
  }),
]

function tapsOf({ filterShape }: WindowMomentsAttrs): number {
  return Number(sizeOf(filterShape.slice(0, -1)))
}

function columnsOf(context: LowerContext<WindowMomentsAttrs>): Value {
  return oneHotColumns(context.builder, context.input('x', 'first'), windowFor(context))
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
function filterGradient(context: LowerContext<WindowMomentsAttrs>): readonly Lowered[] {
  const { builder, attrs } = context
  const columns = columnsOf(context)
  const [batch, taps, windows] = columns.shape as readonly [number, number, number]
  const outputs = attrs.filterShape.at(-1)!
  const { filter, gram, mean } = outputMoments(context)
  const dy = builder.reshape(context.input('dy', 'first'), [batch, outputs, windows])
  const products = timesTransposed(builder, columns, dy, 1 / windows)
  const seen = builder.reduce('ReduceMean', products, [0], false)
  const layout = context.layoutOf('dy')
  const s1 = channelMeans(builder, context.input('dy', layout), layout)
  const s2 = builder.reduce('ReduceSum', builder.mul(filter, seen), [0], false)
  const variance = builder.add(context.input('variance'), builder.scalar(attrs.varianceEpsilon))
  const inverse = builder.unary('Reciprocal', builder.unary('Sqrt', variance))
  const slope = builder.mul(context.input('scale'), inverse)
  const sx = builder.mul(builder.sub(s2, builder.mul(mean, s1)), inverse)
  const k = builder.unary('Neg', builder.mul(builder.mul(sx, inverse), slope))
  const r = builder.unary('Neg', builder.add(builder.mul(s1, slope), builder.mul(k, mean)))
  const sums = builder.reshape(context.input('sums'), [taps, 1])
  const through = builder.add(
    builder.add(builder.mul(seen, slope), builder.mul(gram, k)),
    builder.mul(sums, r),
  )
  const total = builder.scalar(batch * windows)
  return [
    builder.reshape(builder.mul(through, total), attrs.filterShape),
    builder.mul(sx, total),
    builder.mul(s1, total),
  ]
}
