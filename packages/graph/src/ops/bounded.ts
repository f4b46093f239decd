import type { Value } from '../ir/index.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import { integerBound } from '../lower/integers.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { clipGradient } from './gradients/arithmetic.ts'
import { eluGradGradient } from './gradients/second-order.ts'

/** Kernels that work on each element alone and take more than the numbers themselves. */
export const boundedKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly clipValueMin: number; readonly clipValueMax: number }>({
    kernel: 'ClipByValue',
    gradient: clipGradient,
    joinsConvolution: true,
    exact: {
      of: (x, { clipValueMin, clipValueMax }) => Math.min(Math.max(x, clipValueMin), clipValueMax),
      takes: ['float32', 'int32'],
    },
    infer: ({ inputs }) => inputs.x!,
    lower: (context) => {
      const { builder, attrs } = context
      const { values, layout } = elementwiseInputs(context as never, ['x'])
      const [x] = values as [Value]
      const bounds = [attrs.clipValueMin, attrs.clipValueMax].map((each) =>
        builder.scalar(x.dtype === 'int32' ? integerBound(each) : each, x.dtype),
      )
      return placed(builder.node('Clip', [x, ...bounds], {}, x), layout)
    },
    examples: [
      { inputs: { x: { shape: [2, 5] } }, attrs: { clipValueMin: -0.5, clipValueMax: 1 } },
      {
        name: 'integers',
        inputs: { x: { shape: [6], dtype: 'int32' } },
        attrs: { clipValueMin: 1, clipValueMax: 3 },
      },
      {
        name: 'integers, one bound',
        inputs: { x: { shape: [4], dtype: 'int32', values: [-9, 0, 7, 9] } },
        attrs: { clipValueMin: -Infinity, clipValueMax: 7.5 },
      },
    ],
  }),
  // dy where y is not negative, else dy * (y + 1).
  defineKernel({
    kernel: 'EluGrad',
    gradient: eluGradGradient,
    exact: { of: (dy, y) => dy * (y >= 0 ? 1 : y + 1), takes: ['float32'] },
    infer: ({ inputs }) => inputs.y!,
    lower: (context) => {
      const { builder } = context
      const { values, layout } = elementwiseInputs(context, ['dy', 'y'])
      const [dy, y] = values as [Value, Value]
      const below = builder.binary('Min', y, builder.scalar(0))
      return placed(builder.mul(dy, builder.add(below, builder.scalar(1))), layout)
    },
    examples: [{ inputs: { dy: { shape: [3, 4] }, y: { shape: [3, 4], range: [-1, 2] } } }],
  }),
]
