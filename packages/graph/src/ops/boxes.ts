import { EngineError } from '@ashlar/errors'
import { type Dim, type Shape, smaller, type Value, whereOf } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { takeAlong } from '../lower/slices.ts'
import { defineKernel, type InferContext, type KernelDeclaration } from './declaration.ts'
import { noGradient, zeroGradient } from './gradients/gradient.ts'

/** What boxes are kept by. */
interface Selection {
  /** tfjs itself takes no more than there are boxes. */
  readonly maxOutputSize: Dim
  readonly iouThreshold: number
  readonly scoreThreshold: number
}

const BY_PLACES =
  'As in TensorFlow it has none. Gather the scores from those that were given, by the places that it returns: they have one.'

const boxes = {
  shape: [5, 4],
  values: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 5, 1, 6, 1, 6.05, 0, 5.05, 3, 3, 4, 4],
} as const
const scores = { shape: [5], values: [0.9, 0.75, 0.6, 0.95, 0.1] } as const

/** The score that is the threshold is not enough; the overlap that is the threshold is too much. */
const examples = [
  { iouThreshold: 0.5, scoreThreshold: 0.2 },
  { iouThreshold: 0, scoreThreshold: 0.2 },
  { iouThreshold: 0.5, scoreThreshold: Math.fround(0.6) },
].map(({ iouThreshold, scoreThreshold }) => ({
  name: `overlap of ${iouThreshold}, scores above ${scoreThreshold.toFixed(1)}`,
  inputs: { boxes, scores },
  attrs: { maxOutputSize: 4, iouThreshold, scoreThreshold },
}))

/** Kernels that keep the best of boxes that overlap much. */
export const boxKernels: readonly KernelDeclaration[] = [
  defineKernel<Selection>({
    kernel: 'NonMaxSuppressionV3',
    gradient: zeroGradient('boxes', 'scores'),
    givesSizes: true,
    sizeAttrs: ['maxOutputSize'],
    infer: (context) => ({ shape: [keptCount(context)], dtype: 'int32' }),
    lower: (context) => context.builder.cast(keptPlaces(context), 'int32'),
    examples: [
      ...examples,
      { ...examples[0]!, name: 'few', attrs: { ...examples[0]!.attrs, maxOutputSize: 2 } },
    ],
  }),
  defineKernel<Selection & { readonly padToMaxOutputSize: boolean }>({
    kernel: 'NonMaxSuppressionV4',
    gradient: zeroGradient('boxes', 'scores'),
    givesSizes: true,
    sizeAttrs: ['maxOutputSize'],
    infer: (context) => {
      const { maxOutputSize: most, padToMaxOutputSize } = context.attrs
      const count = padToMaxOutputSize ? most : keptCount(context)
      return [
        { shape: [count], dtype: 'int32' },
        { shape: [], dtype: 'int32' },
      ]
    },
    lower: (context) => {
      const { builder, attrs } = context
      const kept = keptPlaces(context)
      const size = builder.node('Shape', [kept], {}, { shape: [1], dtype: 'int64' })
      const valid = builder.cast(builder.reshape(size, []), 'int32')
      if (!attrs.padToMaxOutputSize) return [builder.cast(kept, 'int32'), valid]
      const { maxOutputSize: most } = attrs
      const padded = builder.concat([kept, builder.full(0, [most], 'int64')], 0)
      return [builder.cast(takeAlong(builder, padded, 0, 0, most), 'int32'), valid]
    },
    examples: [true, false].flatMap((padToMaxOutputSize) =>
      examples.map(({ name, inputs, attrs }) => ({
        name: padToMaxOutputSize ? name : `${name}, as many as there are`,
        inputs,
        attrs: { ...attrs, padToMaxOutputSize },
      })),
    ),
  }),
  defineKernel<Selection & { readonly softNmsSigma: number }>({
    kernel: 'NonMaxSuppressionV5',
    gradient: noGradient(BY_PLACES, 'boxes', 'scores'),
    givesSizes: true,
    sizeAttrs: ['maxOutputSize'],
    infer: (context) => {
      const count = keptCount(context)
      return [
        { shape: [count], dtype: 'int32' },
        { shape: [count], dtype: 'float32' },
      ]
    },
    lower: (context) => {
      const { builder, attrs, input, node } = context
      if (attrs.softNmsSigma !== 0) {
        throw new EngineError({
          where: whereOf(node),
          expected: 'softNmsSigma must be 0: ONNX drops boxes that overlap, and lowers no scores',
          given: attrs.softNmsSigma,
          hint: 'Cut the model before it, or keep boxes by overlap alone.',
        })
      }
      const kept = keptPlaces(context)
      return [builder.cast(kept, 'int32'), builder.gather(input('scores'), kept, 0)]
    },
    examples: examples.map(({ name, inputs, attrs }) => ({
      name,
      inputs,
      attrs: { ...attrs, softNmsSigma: 0 },
    })),
  }),
]

function keptCount({ inputs, attrs, freeSize }: InferContext<Selection>): Dim {
  return freeSize(smaller(attrs.maxOutputSize, inputs.boxes!.shape[0]!))
}

/** Places of the boxes that are kept, best first, int64. */
function keptPlaces<A extends Selection>(context: LowerContext<A>): Value {
  const { builder, input, attrs, node } = context
  const { iouThreshold, scoreThreshold, maxOutputSize: most } = attrs
  const given = input('boxes')
  const count = given.shape[0]!
  // tfjs drops boxes that overlap by the threshold, ONNX those that overlap by more. By nothing at all, every two boxes overlap.
  const isAny = iouThreshold <= 0
  const inputs = [
    builder.reshape(given, [1, count, 4]),
    builder.reshape(input('scores'), [1, 1, count]),
    // Lists of one, as most runtimes and onnx's own evaluator want them.
    builder.shape([isAny ? smaller(1, most) : most]),
    builder.tensor([isAny ? 0 : justBelow(iouThreshold)], [1]),
    builder.tensor([scoreThreshold], [1]),
  ]
  // As many rows as there are boxes left: batch, class and place.
  const { shape } = node.outputs[0]!
  const rows: Shape = [...shape, 3]
  const found = builder.node('NonMaxSuppression', inputs, {}, { shape: rows, dtype: 'int64' })
  return builder.gather(found, builder.scalar(2, 'int64'), 1)
}

/** The largest float below a positive one. */
function justBelow(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)
  bits[0]!--
  return new Float32Array(bits.buffer)[0]!
}
