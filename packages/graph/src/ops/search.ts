import { ShapeError } from '@ashlar/errors'
import { type Dim, staticShape, type Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

const sortedSequence = { shape: [2, 5], values: [1, 2, 2, 4, 8, -3, 0, 0, 0, 9] } as const
const values = { shape: [2, 3], values: [2, 0, 9, 0, 10, -4] } as const

/** Kernels that look for places in sorted rows, and boxes that overlap little. */
export const searchKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly side: 'left' | 'right' }>({
    kernel: 'SearchSorted',
    infer: ({ inputs }) => ({ shape: inputs.values!.shape, dtype: 'int32' }),
    lower: (context) => placesIn(context as never, context.attrs.side),
    examples: (['left', 'right'] as const).map((side) => ({
      name: side,
      inputs: { sortedSequence, values },
      attrs: { side },
    })),
  }),
  // tfjs calls SearchSorted instead.
  ...(
    [
      ['LowerBound', 'left', [1, 0, 5, 1, 5, 0]],
      ['UpperBound', 'right', [3, 0, 5, 4, 5, 0]],
    ] as const
  ).map(([kernel, side, expected]) =>
    defineKernel({
      kernel,
      infer: ({ inputs }) => ({ shape: inputs.values!.shape, dtype: 'int32' }),
      lower: (context) => placesIn(context, side),
      examples: [{ inputs: { sortedSequence, values }, expected: [expected] }],
    }),
  ),
  defineKernel<{
    readonly maxOutputSize: number
    readonly iouThreshold: number
    readonly scoreThreshold: number
    readonly padToMaxOutputSize: boolean
  }>({
    kernel: 'NonMaxSuppressionV4',
    infer: ({ attrs }) => {
      if (!attrs.padToMaxOutputSize) {
        throw new ShapeError({
          where: 'nonMaxSuppressionPadded',
          expected: 'padToMaxOutputSize must be true: a graph has tensors of known sizes',
          given: attrs.padToMaxOutputSize,
        })
      }
      return [
        { shape: [attrs.maxOutputSize], dtype: 'int32' },
        { shape: [], dtype: 'int32' },
      ]
    },
    lower: ({ builder, input, attrs }) => {
      const { maxOutputSize: most, iouThreshold, scoreThreshold } = attrs
      const boxes = input('boxes')
      const count = boxes.shape[0]!
      // tfjs drops boxes that overlap by the threshold, ONNX those that overlap by more. By nothing at all, every two boxes overlap.
      const isAny = iouThreshold <= 0
      const inputs = [
        builder.reshape(boxes, [1, count, 4]),
        builder.reshape(input('scores'), [1, 1, count]),
        builder.scalar(isAny ? Math.min(1, most) : most, 'int64'),
        builder.scalar(isAny ? 0 : justBelow(iouThreshold)),
        builder.scalar(scoreThreshold),
      ]
      // As many rows as there are boxes left; nothing below depends on the number written here.
      const found = builder.node(
        'NonMaxSuppression',
        inputs,
        {},
        { shape: [most, 3], dtype: 'int64' },
      )
      const indices = builder.slice(found, [1], [2], [3], [most, 1])
      const zeros = builder.full(0, [most, 1], 'int64')
      const padded = builder.concat([indices, zeros], 0)
      const first = builder.slice(padded, [0], [0], [most], [most, 1])
      const size = builder.node('Shape', [found], {}, { shape: [2], dtype: 'int64' })
      const valid = builder.gather(size, builder.scalar(0, 'int64'), 0)
      const flat = builder.reshape(first, [most])
      return [builder.cast(flat, 'int32'), builder.cast(valid, 'int32')]
    },
    examples: [0.5, 0].map((iouThreshold) => ({
      name: `overlap of ${iouThreshold}`,
      inputs: {
        boxes: {
          shape: [5, 4],
          values: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 5, 1, 6, 1, 6.05, 0, 5.05, 3, 3, 4, 4],
        },
        scores: { shape: [5], values: [0.9, 0.75, 0.6, 0.95, 0.1] },
      },
      attrs: { maxOutputSize: 4, iouThreshold, scoreThreshold: 0.2, padToMaxOutputSize: true },
    })),
  }),
  defineKernel({
    kernel: 'Diag',
    infer: ({ inputs }) => ({
      shape: [...inputs.x!.shape, ...inputs.x!.shape],
      dtype: inputs.x!.dtype,
    }),
    lower: ({ builder, input, node }) => {
      const x = input('x')
      const size = staticShape(x.shape, 'diag').reduce((product, each) => product * each, 1)
      const mask = builder.shared(`diagonal ${size}`, () =>
        builder.tensor(
          Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0)),
          [size, size],
          'bool',
        ),
      )
      const row = builder.reshape(x, [1, size])
      const square = builder.where(mask, row, builder.scalar(0, x.dtype))
      return builder.reshape(square, node.outputs[0]!.shape)
    },
    examples: [
      { inputs: { x: { shape: [4] } } },
      { name: 'a matrix', inputs: { x: { shape: [2, 3], dtype: 'int32' } } },
      { name: 'truth values', inputs: { x: { shape: [4], dtype: 'bool' } } },
    ],
  }),
]

/** The place of each value in its sorted row is the number of elements before it. */
function placesIn({ builder, input, node }: LowerContext, side: 'left' | 'right'): Value {
  const { shape } = node.outputs[0]!
  const [rows, count] = shape as readonly [Dim, Dim]
  const sorted = input('sortedSequence')
  const sequence = builder.reshape(sorted, [rows, 1, sorted.shape[1]!])
  const wanted = builder.reshape(input('values'), [rows, count, 1])
  const isBefore = builder.binary(
    side === 'left' ? 'Less' : 'LessOrEqual',
    sequence,
    wanted,
    'bool',
  )
  return builder.reduce('ReduceSum', builder.cast(isBefore, 'int32'), [2], false)
}

/** The largest float below a positive one. */
function justBelow(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)
  bits[0]!--
  return new Float32Array(bits.buffer)[0]!
}
