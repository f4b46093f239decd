import type { DType } from '../ir/index.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Kernels that pick elements by index. */
export const gatherKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly axis: number; readonly batchDims?: number }>({
    kernel: 'GatherV2',
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis
      const indices = inputs.indices!.shape.slice(attrs.batchDims ?? 0)
      return { shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)], dtype }
    },
    lower: ({ builder, input, attrs, node }) => {
      const x = input('x')
      const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis
      if (!attrs.batchDims) return builder.gather(x, input('indices'), axis)
      // With batch axes, each batch picks its own rows: flatten them into one and shift the indices.
      return builder.node(
        'GatherND',
        [
          x,
          builder.reshape(builder.cast(input('indices'), 'int64'), [...input('indices').shape, 1]),
        ],
        { batch_dims: attrs.batchDims },
        node.outputs[0]!,
      )
    },
    examples: [
      {
        inputs: { x: { shape: [4, 3] }, indices: { shape: [2], dtype: 'int32', values: [3, 1] } },
        attrs: { axis: 0, batchDims: 0 },
      },
    ],
  }),
  defineKernel<{
    readonly depth: number
    readonly onValue?: number
    readonly offValue?: number
    readonly dtype?: DType
  }>({
    kernel: 'OneHot',
    infer: ({ inputs, attrs }) => ({
      shape: [...inputs.indices!.shape, attrs.depth],
      dtype: attrs.dtype ?? 'int32',
    }),
    lower: ({ builder, input, attrs, node }) => {
      const output = node.outputs[0]!
      const values = builder.tensor([attrs.offValue ?? 0, attrs.onValue ?? 1], [2], 'float32')
      const spec = { shape: output.shape, dtype: 'float32' as const }
      const depth = builder.scalar(attrs.depth, 'int64')
      const indices = builder.cast(input('indices'), 'int64')
      // ONNX counts negative indices from the end; tfjs gives a row of off values. A remainder outside of the depth does too.
      const inRange = builder.node('OneHot', [indices, depth, values], { axis: -1 }, spec)
      return builder.cast(inRange, output.dtype)
    },
    examples: [
      {
        inputs: { indices: { shape: [3], dtype: 'int32', values: [0, 2, 1] } },
        attrs: { depth: 4, onValue: 1, offValue: 0, dtype: 'float32' },
      },
    ],
  }),
]
