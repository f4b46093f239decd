import type { Dim } from '../ir/index.ts'
import { withoutNan } from '../lower/accurate.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { topKGradient } from './gradients/picking.ts'

/** Kernels that find where the largest or smallest elements are; among equals the first. */
export const argMaxKernels: readonly KernelDeclaration[] = [
  ...(['ArgMax', 'ArgMin'] as const).map((kernel) =>
    defineKernel<{ readonly axis: number }>({
      kernel,
      exact: {
        over: (numbers) => placeOfBest(numbers, kernel),
        ofOneAxis: true,
        takes: ['float32', 'int32'],
      },
      note: 'NaN is passed over; of equal numbers it is the first.',
      wrongInTfjs: { how: 'It takes a NaN that comes first for the best.', types: ['float32'] },
      infer: ({ inputs, attrs }) => ({
        shape: inputs.x!.shape.filter((_, axis) => axis !== axisOf(attrs.axis, inputs.x!.shape)),
        dtype: 'int32',
      }),
      lower: ({ builder, input, attrs, node }) => {
        const given = input('x')
        // NaN is passed over wherever it stands, as tfjs's tests want it; onnxruntime takes one that comes first.
        const x =
          given.dtype === 'float32'
            ? withoutNan(builder, given, kernel === 'ArgMax' ? -Infinity : Infinity)
            : builder.cast(given, 'int32')
        const found = builder.node(
          kernel,
          [x],
          { axis: axisOf(attrs.axis, x.shape), keepdims: 0 },
          { shape: node.outputs[0]!.shape, dtype: 'int64' },
        )
        return builder.cast(found, 'int32')
      },
      examples: [
        { inputs: { x: { shape: [3, 4] } }, attrs: { axis: 1 } },
        {
          name: 'ties',
          inputs: { x: { shape: [2, 3], values: [1, 2, 2, 0, 0, 0] } },
          attrs: { axis: 1 },
        },
      ],
    }),
  ),
  defineKernel<{ readonly k: Dim; readonly sorted: boolean }>({
    kernel: 'TopK',
    gradient: topKGradient,
    sizeAttrs: ['k'],
    note: 'ONNX leaves the order of NaN open.',
    infer: ({ inputs, attrs }) => {
      const shape = [...inputs.x!.shape.slice(0, -1), attrs.k]
      return [
        { shape, dtype: inputs.x!.dtype },
        { shape, dtype: 'int32' },
      ]
    },
    lower: ({ builder, input, attrs, node }) => {
      const x = input('x')
      const { shape } = node.outputs[0]!
      const [values, indices] = builder.nodes(
        'TopK',
        [x, builder.shape([attrs.k])],
        { axis: x.shape.length - 1, largest: 1, sorted: 1 },
        [
          { shape, dtype: x.dtype },
          { shape, dtype: 'int64' },
        ],
      )
      return [values!, builder.cast(indices!, 'int32')]
    },
    examples: [{ inputs: { x: { shape: [3, 6] } }, attrs: { k: 2, sorted: true } }],
  }),
]

function placeOfBest(numbers: readonly number[], kernel: 'ArgMax' | 'ArgMin'): number {
  let [place, best] = [0, kernel === 'ArgMax' ? -Infinity : Infinity]
  for (const [index, each] of numbers.entries()) {
    if (kernel === 'ArgMax' ? each > best : each < best) [place, best] = [index, each]
  }
  return place
}

function axisOf(axis: number | readonly number[], shape: readonly unknown[]): number {
  const first = typeof axis === 'number' ? axis : axis[0]!
  return first < 0 ? first + shape.length : first
}
