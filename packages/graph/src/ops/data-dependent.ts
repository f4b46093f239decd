import { sizeOf, type Value } from '../ir/index.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { noGradient, zeroGradient } from './gradients/gradient.ts'

/** Kernels whose results are as large as the numbers say. */
export const freeSizeKernels: readonly KernelDeclaration[] = [
  defineKernel({
    // What tf.whereAsync computes in JavaScript.
    kernel: 'NonZero',
    gradient: zeroGradient('x'),
    isOwn: true,
    givesSizes: true,
    infer: ({ inputs, freeSize }) => {
      const { shape } = inputs.x!
      return { shape: [freeSize(sizeOf(shape)), shape.length], dtype: 'int32' }
    },
    lower: ({ builder, input, node }) => {
      const x = input('x')
      const [count, rank] = node.outputs[0]!.shape
      const found = builder.node('NonZero', [x], {}, { shape: [rank!, count!], dtype: 'int64' })
      return builder.cast(builder.transpose(found, [1, 0]), 'int32')
    },
    examples: [
      {
        inputs: {
          x: { shape: [2, 3], dtype: 'bool', values: [true, false, true, false, false, true] },
        },
        expected: [[0, 0, 0, 2, 1, 2]],
      },
    ],
  }),
  defineKernel({
    // tfjs's Range has its bounds as attributes.
    kernel: 'FreeRange',
    isOwn: true,
    givesSizes: true,
    infer: ({ inputs, freeSize }) => ({ shape: [freeSize()], dtype: inputs.start!.dtype }),
    lower: ({ builder, input, node }) => {
      const bounds = ['start', 'stop', 'step'].map((name) => builder.reshape(input(name), []))
      return builder.node('Range', bounds, {}, node.outputs[0]!)
    },
    examples: [
      {
        inputs: {
          start: { shape: [], dtype: 'int32', values: [2] },
          stop: { shape: [], dtype: 'int32', values: [9] },
          step: { shape: [], dtype: 'int32', values: [3] },
        },
        expected: [[2, 5, 8]],
      },
      {
        name: 'downwards',
        inputs: {
          start: { shape: [], values: [1] },
          stop: { shape: [], values: [-1] },
          step: { shape: [], values: [-0.5] },
        },
        expected: [[1, 0.5, 0, -0.5]],
      },
    ],
  }),
  defineKernel<{ readonly axis: number | readonly number[] }>({
    kernel: 'Unique',
    gradient: noGradient(
      'As in TensorFlow it has none: one result stands for all elements that are equal, and which of them moved it nobody can say. Stop the derivative before it, or gather from the elements themselves.',
      'x',
    ),
    givesSizes: true,
    infer: ({ inputs, attrs, freeSize }) => {
      const { shape, dtype } = inputs.x!
      const axis = axisOf(attrs.axis, shape.length)
      return [
        { shape: shape.map((size, at) => (at === axis ? freeSize(size) : size)), dtype },
        { shape: [shape[axis]!], dtype: 'int32' },
      ]
    },
    lower: ({ builder, input, attrs, node }) => {
      // onnxruntime has it for float and int64.
      const given = input('x')
      const dtype = given.dtype === 'float32' ? 'float32' : 'int64'
      const x = builder.cast(given, dtype)
      const [values, places] = node.outputs as [Value, Value]
      const size = {
        shape: [values.shape[axisOf(attrs.axis, x.shape.length)]!],
        dtype: 'int64',
      } as const
      // In the order of their first place, as tfjs gives them.
      const [unique, , inverse] = builder.nodes(
        'Unique',
        [x],
        { axis: axisOf(attrs.axis, x.shape.length), sorted: 0 },
        [{ shape: values.shape, dtype }, size, { shape: places.shape, dtype: 'int64' }],
      )
      return [builder.cast(unique!, given.dtype), builder.cast(inverse!, 'int32')]
    },
    examples: [
      { inputs: { x: { shape: [6], values: [3, 1, 3, 2, 1, 1] } }, attrs: { axis: [0] } },
      {
        name: 'rows',
        inputs: { x: { shape: [3, 2], dtype: 'int32', values: [1, 2, 0, 2, 1, 2] } },
        attrs: { axis: [0] },
      },
      {
        name: 'columns',
        inputs: { x: { shape: [2, 3], dtype: 'int32', values: [1, 2, 1, 0, 2, 0] } },
        attrs: { axis: [1] },
      },
    ],
  }),
]

function axisOf(axis: number | readonly number[], rank: number): number {
  const at = typeof axis === 'number' ? axis : axis[0]!
  return at < 0 ? at + rank : at
}
