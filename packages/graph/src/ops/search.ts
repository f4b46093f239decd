import { type Dim, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { zeroGradient } from './gradients/gradient.ts'
import { diagGradient } from './gradients/shaping.ts'

const sortedSequence = { shape: [2, 5], values: [1, 2, 2, 4, 8, -3, 0, 0, 0, 9] } as const
const values = { shape: [2, 3], values: [2, 0, 9, 0, 10, -4] } as const

/** Kernels that look for places in sorted rows, or along a diagonal. */
export const searchKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly side: 'left' | 'right' }>({
    kernel: 'SearchSorted',
    gradient: zeroGradient('sortedSequence', 'values'),
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
      gradient: zeroGradient('sortedSequence', 'values'),
      infer: ({ inputs }) => ({ shape: inputs.values!.shape, dtype: 'int32' }),
      lower: (context) => placesIn(context, side),
      examples: [{ inputs: { sortedSequence, values }, expected: [expected] }],
    }),
  ),
  defineKernel({
    kernel: 'Diag',
    gradient: diagGradient,
    infer: ({ inputs }) => ({
      shape: [...inputs.x!.shape, ...inputs.x!.shape],
      dtype: inputs.x!.dtype,
    }),
    lower: ({ builder, input, node }) => {
      const x = input('x')
      const size = sizeOf(x.shape)
      const mask = diagonal(builder, size)
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

/** Where row and column are the same: bool [size, size]. */
function diagonal(builder: OnnxBuilder, size: Dim): Value {
  if (typeof size !== 'number') {
    const places = rangeOf(builder, size, 'int64')
    const column = builder.reshape(places, [size, 1])
    return builder.binary('Equal', column, builder.reshape(places, [1, size]), 'bool')
  }
  return builder.shared(`diagonal ${size}`, () =>
    builder.tensor(
      Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0)),
      [size, size],
      'bool',
    ),
  )
}

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
