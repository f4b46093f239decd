import { sizeOf, type Value } from '../ir/index.ts'
import { centredChannels, channelMeans } from '../lower/channels.ts'
import { timesTransposed } from '../lower/columns.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { placed } from '../lower/elementwise.ts'
import { reliableVariances } from '../lower/reliable-variances.ts'
import { reorder } from '../lower/reorder.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface PointwiseAttrs {
  /** Pixels of the batch. */
  readonly count: number
}

interface PointwiseBatchNormAttrs extends PointwiseAttrs {
  readonly varianceEpsilon: number
}

const unchecked =
  "Ashlar's own kernel; test/passes/pointwise-moments.test.ts compares it with the plain graph."

/**
 * Batch norm statistics of a convolution of one pixel without its output, and the derivative through both.
 *
 * With x centred, C its covariance and W the filter, the output is xW, its variance the diagonal of W'CW, and the mean of its product with dy that of W'G, where G is the
 * gradient that the filter would have without the batch norm. C is of inputs by inputs: where there are few of them, passes over many outputs become products of small matrices.
 * passes/pointwise-moments.ts puts these kernels in.
 */
export const pointwiseMomentsKernels: readonly KernelDeclaration[] = [
  // Mean of each channel.
  defineKernel({
    kernel: 'ChannelMeans',
    isOwn: true,
    channels: () => ({ inputs: { x: '*c' }, outputs: ['c'], anyPixels: true }),
    infer: ({ inputs: { x } }) => ({ shape: [x!.shape.at(-1)!], dtype: x!.dtype }),
    lower: (context) => {
      const layout = context.layoutOf('x')
      return channelMeans(context.builder, context.input('x', layout), layout)
    },
    examples: [],
    unchecked,
  }),
  // x - mean of each channel.
  defineKernel({
    kernel: 'CentredChannels',
    isOwn: true,
    channels: () => ({ inputs: { x: '*c', mean: 'c' }, outputs: ['*c'], anyPixels: true }),
    infer: ({ inputs }) => inputs.x!,
    lower: (context) => {
      const layout = context.layoutOf('x')
      const x = context.input('x', layout)
      return placed(centredChannels(context.builder, x, context.input('mean'), layout), layout)
    },
    examples: [],
    unchecked,
  }),
  // Mean and variance of each output channel: `products` are the sums of the products of any two inputs, centred; `mean` is what was taken off them.
  defineKernel<PointwiseBatchNormAttrs>({
    kernel: 'PointwiseMoments',
    isOwn: true,
    channels: () => ({
      inputs: { centred: '*i', filter: 'io', products: 'ii', mean: 'i' },
      outputs: ['o', 'o'],
      anyPixels: true,
    }),
    infer: ({ inputs }) => {
      const spec = { shape: [inputs.filter!.shape.at(-1)!], dtype: inputs.filter!.dtype }
      return [spec, spec]
    },
    lower: (context) => {
      const { builder } = context
      const { filter, inputs, outputs } = throughCovariance(context)
      const mean = builder.matMul(builder.reshape(context.input('mean'), [1, inputs]), filter)
      return [builder.reshape(mean, [outputs]), variances(context)]
    },
    examples: [],
    unchecked,
  }),
  // Gradients by filter, scale and offset, and what the gradient by the image is made of: it is the convolution's own of dy with `scaled` for the filter, and a convolution of the
  // centred image with `mixing` and `shift`. `seen` is the gradient that the filter would have without the batch norm, `dyMean` the mean of dy.
  defineKernel<PointwiseBatchNormAttrs>({
    kernel: 'PointwiseBatchNormGrad',
    isOwn: true,
    infer: ({ inputs: { filter, scale } }) => {
      const { shape, dtype } = filter!
      const inputCount = shape.at(-2)!
      const mixing = { shape: [...shape.slice(0, -1), inputCount], dtype }
      return [filter!, scale!, scale!, filter!, mixing, { shape: [inputCount], dtype }]
    },
    lower: gradient,
    examples: [],
    unchecked,
  }),
]

/** The filter as a matrix, and the covariance of the inputs times it. */
function throughCovariance<A extends PointwiseAttrs>(context: LowerContext<A>) {
  const { builder, attrs } = context
  const [inputs, outputs] = context.logical('filter').shape.slice(-2) as [number, number]
  const filter = builder.reshape(context.input('filter'), [inputs, outputs])
  const products = builder.reshape(context.input('products'), [inputs, inputs])
  const covariance = builder.mul(products, builder.scalar(1 / attrs.count))
  return { filter, products, through: builder.matMul(covariance, filter), inputs, outputs }
}

/** The variances of W'CW. Those of the result itself take the passes that the covariance saves. */
function variances(context: LowerContext<PointwiseBatchNormAttrs>): Value {
  const { builder, attrs } = context
  const { filter, products, through, inputs } = throughCovariance(context)
  const variance = builder.reduce('ReduceSum', builder.mul(filter, through), [0], false)
  const layout = context.layoutOf('centred')
  const centred = context.input('centred', layout)
  const found = { variance, filter, products, share: 1 / attrs.count }
  return reliableVariances(builder, { ...found, epsilon: attrs.varianceEpsilon }, centred, {
    of(inner, image, weights) {
      const { shape } = context.logical('centred')
      const from = { from: layout, to: 'last', shape, block: context.target.block } as const
      const rows = layout === 'last' ? image : reorder(inner, image, from)
      const pixels = [Number(sizeOf(shape)) / inputs, inputs]
      return { y: inner.matMul(inner.reshape(rows, pixels), weights), layout: 'last' }
    },
  })
}

/**
 * The gradient of ops/batch-norm.ts by a centred y, (dy - mean(dy) + y * k) * slope with k = -mean(dy * y) / deviation^2, through y = xW: by W it is (G + CW * k) * slope, since x
 * has no mean; by x it is W times all three terms.
 */
function gradient(context: LowerContext<PointwiseBatchNormAttrs>): readonly Lowered[] {
  const { builder, attrs } = context
  const { filter, through, inputs, outputs } = throughCovariance(context)
  const total = builder.scalar(attrs.count)
  const share = builder.scalar(1 / attrs.count)
  const seen = builder.mul(builder.reshape(context.input('seen'), filter.shape), share)
  const dyMean = context.input('dyMean')
  const variance = builder.add(context.input('variance'), builder.scalar(attrs.varianceEpsilon))
  const inverse = builder.unary('Reciprocal', builder.unary('Sqrt', variance))
  const slope = builder.mul(context.input('scale'), inverse)
  const dyTimesY = builder.reduce('ReduceSum', builder.mul(filter, seen), [0], false)
  const sx = builder.mul(dyTimesY, inverse)
  const k = builder.unary('Neg', builder.mul(sx, inverse))
  const byFilter = builder.mul(
    builder.add(seen, builder.mul(through, k)),
    builder.mul(slope, total),
  )
  const scaled = builder.mul(filter, slope)
  const mixing = mixed(context, builder.mul(scaled, k), filter)
  const shift = builder.matMul(scaled, builder.reshape(dyMean, [outputs, 1]))
  const { shape } = context.logical('filter')
  return [
    builder.reshape(byFilter, shape),
    builder.mul(sx, total),
    builder.mul(dyMean, total),
    builder.reshape(scaled, shape),
    builder.reshape(mixing, [...shape.slice(0, -1), inputs]),
    builder.unary('Neg', builder.reshape(shift, [inputs])),
  ]
}

function mixed({ builder }: Pick<LowerContext, 'builder'>, a: Value, b: Value): Value {
  const whole = (each: Value) => builder.reshape(each, [1, ...each.shape])
  return timesTransposed(builder, whole(a), whole(b), 1)
}
