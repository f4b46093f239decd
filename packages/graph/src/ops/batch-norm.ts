import type { Value } from '../ir/index.ts'
import { batchNorm as inJavaScript } from '../javascript/batch-norm.ts'
import { anything } from '../lower/activation.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { centredChannels, channelMeans, channelMeansOfProduct } from '../lower/channels.ts'
import type { LowerContext } from '../lower/context.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import { type Layout, shapeIn } from '../lower/layout.ts'
import { defineKernel, type KernelDeclaration, type SizedSpec } from './declaration.ts'
import { batchNormGradient } from './gradients/batch-norm.ts'

interface BatchNormAttrs {
  readonly varianceEpsilon: number
}

interface BatchNormGradientAttrs extends BatchNormAttrs {
  /** Whether the derivative by `x` is without its last factor, scale / deviation of each channel, which is one more result; see passes/leave-scale-to-convolutions.ts. */
  readonly leavesScale?: boolean
}

/** Batch normalisation (Ioffe and Szegedy 2015) over the last axis, its training statistics and its gradient. */
export const batchNormKernels: readonly KernelDeclaration[] = [
  defineKernel<BatchNormAttrs>({
    kernel: 'FusedBatchNorm',
    range: anything,
    channels: ({ varianceEpsilon }) =>
      Math.fround(varianceEpsilon) > 0
        ? {
            inputs: { x: '*c', mean: 'c', variance: 'c', offset: 'c', scale: 'c' },
            needs: ['scale'],
            outputs: ['*c'],
            fill: { variance: 1 },
            anyPixels: true,
          }
        : undefined,
    gradient: batchNormGradient,
    infer: ({ inputs }) => inputs.x!,
    lower: (context) => {
      if (context.logical('mean').shape.length !== 1) return elementwise(context)
      const layout = context.layoutOf('x')
      return placed(normalize(context, context.input('x', layout), layout), layout)
    },
    wrongInTfjs: {
      how: 'It takes the last axis for the channels, whichever they are.',
      when: ({ mean }) => mean!.shape.length > 1,
      instead: inJavaScript,
    },
    examples: [
      {
        inputs: {
          x: { shape: [2, 3, 3, 4] },
          mean: { shape: [4] },
          variance: { shape: [4], range: [0.5, 2] },
          offset: { shape: [4] },
          scale: { shape: [4] },
        },
        attrs: { varianceEpsilon: 1e-3 },
      },
      {
        name: 'no scale, no offset',
        inputs: {
          x: { shape: [2, 3, 3, 4] },
          mean: { shape: [4] },
          variance: { shape: [4], range: [0.5, 2] },
        },
        attrs: { varianceEpsilon: 1e-3 },
      },
      {
        name: 'channels first',
        inputs: {
          x: { shape: [2, 4, 3, 3] },
          mean: { shape: [1, 4, 1, 1] },
          variance: { shape: [1, 4, 1, 1], range: [0.5, 2] },
          offset: { shape: [1, 4, 1, 1] },
          scale: { shape: [1, 4, 1, 1] },
        },
        attrs: { varianceEpsilon: 1e-3 },
      },
    ],
  }),

  // The closed form of the whole derivative in training, mean and variance included; see capture/batch-norm-gradient.ts.
  defineKernel<BatchNormGradientAttrs>({
    kernel: 'FusedBatchNormGrad',
    isOwn: true,
    channels: ({ varianceEpsilon, leavesScale }) =>
      Math.fround(varianceEpsilon) > 0
        ? {
            inputs: { dy: '*c', x: '*c', mean: 'c', variance: 'c', scale: 'c' },
            outputs: ['*c', 'c', 'c', ...(leavesScale ? ['c'] : [])],
            fill: { variance: 1 },
            anyPixels: true,
          }
        : undefined,
    infer: ({ inputs: { x, scale }, attrs }) => [
      x!,
      ...Array<SizedSpec>(attrs.leavesScale ? 3 : 2).fill(scale!),
    ],
    lower: gradient,
    examples: [],
    unchecked: "Ashlar's own kernel; test/ops/batch-norm.test.ts compares it with tfjs's gradient.",
  }),

  // Mean and biased variance of each channel; passes/moments.ts finds them.
  defineKernel({
    kernel: 'Moments',
    isOwn: true,
    channels: () => ({ inputs: { x: '*c' }, outputs: ['c', 'c'], anyPixels: true }),
    infer: ({ inputs }) => {
      const spec = { shape: [inputs.x!.shape.at(-1)!], dtype: inputs.x!.dtype }
      return [spec, spec]
    },
    lower: (context) => {
      const { builder } = context
      const layout = context.layoutOf('x')
      const x = context.input('x', layout)
      const mean = channelMeans(builder, x, layout)
      // Not mean(x^2) - mean(x)^2: of numbers around 1,000 that has no right digit, and may be below zero.
      const centred = centredChannels(builder, x, mean, layout)
      return [mean, channelMeansOfProduct(builder, centred, centred, layout)]
    },
    examples: [],
    unchecked: "Ashlar's own kernel; test/passes/moments.test.ts compares it with tf.moments.",
  }),
]

/** scale / sqrt(variance + epsilon), per channel. */
function slope({ builder, attrs, ...context }: LowerContext<BatchNormAttrs>): {
  inverse: Value
  slope: Value
} {
  const variance = context.input('variance')
  const deviation = builder.unary(
    'Sqrt',
    builder.add(variance, builder.scalar(attrs.varianceEpsilon)),
  )
  const inverse = builder.unary('Reciprocal', deviation)
  return {
    inverse,
    slope: context.has('scale') ? builder.mul(context.input('scale'), inverse) : inverse,
  }
}

function normalize(context: LowerContext<BatchNormAttrs>, x: Value, layout: Layout): Value {
  const { builder, attrs } = context
  const channels = context.logical('mean').shape
  const parameter = (name: string, missing: number) =>
    context.has(name)
      ? context.input(name)
      : builder.tensor(Array(Number(channels[0])).fill(missing), channels as readonly number[])
  if (layout === 'first') {
    const inputs = [
      x,
      parameter('scale', 1),
      parameter('offset', 0),
      context.input('mean'),
      context.input('variance'),
    ]
    return builder.node('BatchNormalization', inputs, { epsilon: attrs.varianceEpsilon }, x)
  }
  const factor = slope(context).slope
  const shift = builder.sub(parameter('offset', 0), builder.mul(context.input('mean'), factor))
  return affine(builder, x, factor, shift, layout)
}

/** x * factor + shift per channel, in any layout. */
function affine(
  builder: OnnxBuilder,
  x: Value,
  factor: Value,
  shift: Value,
  layout: Layout,
): Value {
  if (layout === 'blocked') return blockedAffine(builder, x, factor, shift)
  const align = (vector: Value) =>
    layout === 'last'
      ? vector
      : builder.reshape(vector, [vector.shape[0]!, ...x.shape.slice(2).map(() => 1)])
  return builder.add(builder.mul(x, align(factor)), align(shift))
}

/** A depthwise 1x1 convolution with bias (zero by default): one pass over memory. `residual` is added in the same pass. */
function blockedAffine(
  builder: OnnxBuilder,
  x: Value,
  factor: Value,
  shift: Value | undefined,
  residual?: Value,
): Value {
  const channels = Number(factor.shape[0])
  const weights = builder.reshape(factor, [channels, 1, 1, 1])
  const bias = shift ?? builder.tensor(Array(channels).fill(0), factor.shape as readonly number[])
  const inputs = residual === undefined ? [x, weights, bias] : [x, weights, bias, residual]
  return builder.node(
    'Conv',
    inputs,
    { kernel_shape: [1, 1], group: channels },
    x,
    'com.microsoft.nchwc',
  )
}

function elementwise(context: LowerContext<BatchNormAttrs>): Value {
  const { builder, attrs } = context
  const deviation = builder.unary(
    'Sqrt',
    builder.add(context.input('variance'), builder.scalar(attrs.varianceEpsilon)),
  )
  let result = builder.div(builder.sub(context.input('x'), context.input('mean')), deviation)
  if (context.has('scale')) result = builder.mul(result, context.input('scale'))
  return context.has('offset') ? builder.add(result, context.input('offset')) : result
}

/**
 * With s1 = mean(dy) and s2 = mean(dy * x) per channel:
 * dscale / n = (s2 - mean * s1) / deviation, doffset / n = s1, dx = (dy + x * k + r) * slope.
 */
function gradient(context: LowerContext<BatchNormGradientAttrs>) {
  const { builder, attrs } = context
  const { values, layout } = elementwiseInputs(context as unknown as LowerContext, ['dy', 'x'])
  const [dy, x] = values as [Value, Value]
  const mean = context.input('mean')
  const { shape } = context.logical('x')
  const count = shape.slice(0, -1).reduce<number>((product, size) => product * Number(size), 1)
  const { inverse, slope: factor } = slope(context)
  const s1 = channelMeans(builder, dy, layout)
  const s2 = channelMeansOfProduct(builder, dy, x, layout)
  const sx = builder.mul(builder.sub(s2, builder.mul(mean, s1)), inverse)
  const total = builder.scalar(count)
  const sums = [builder.mul(sx, total), builder.mul(s1, total)]
  const k = builder.unary('Neg', builder.mul(sx, inverse))
  const r = builder.unary('Neg', builder.add(s1, builder.mul(k, mean)))
  if (attrs.leavesScale) {
    const partial = builder.add(dy, affine(builder, x, k, r, layout))
    return [placed(partial, layout), ...sums, factor]
  }
  const partial = affine(builder, x, builder.mul(k, factor), builder.mul(r, factor), layout)
  const dx =
    layout === 'blocked'
      ? blockedAffine(builder, dy, factor, undefined, partial)
      : builder.add(scaleChannels(builder, dy, factor, layout), partial)
  return [placed(dx, layout), ...sums]
}

function scaleChannels(builder: OnnxBuilder, x: Value, factor: Value, layout: Layout): Value {
  const rank = x.shape.length
  const vector =
    layout === 'last'
      ? factor
      : builder.reshape(
          factor,
          shapeIn(layout, [...Array(rank - 1).fill(1), factor.shape[0]!]).slice(1),
        )
  return builder.mul(x, vector)
}
