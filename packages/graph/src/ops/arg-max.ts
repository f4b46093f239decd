import type { Dim } from '../ir/index.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Kernels that find where the largest or smallest elements are; among equals the first. */
export const argMaxKernels: readonly KernelDeclaration[] = [
  ...(['ArgMax', 'ArgMin'] as const).map((kernel) =>
    defineKernel<{ readonly axis: number }>({
      kernel,
      infer: ({ inputs, attrs }) => ({
        shape: inputs.x!.shape.filter((_, axis) => axis !== axisOf(attrs.axis, inputs.x!.shape)),
        dtype: 'int32',
      }),
      lower: ({ builder, input, attrs, node }) => {
        const given = input('x')
        const x = given.dtype === 'bool' ? builder.cast(given, 'int32') : given
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
    sizeAttrs: ['k'],
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

function axisOf(axis: number | readonly number[], shape: readonly unknown[]): number {
  const first = typeof axis === 'number' ? axis : axis[0]!
  return first < 0 ? first + shape.length : first
}
