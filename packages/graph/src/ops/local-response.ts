import type { Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { placed } from '../lower/elementwise.ts'
import { shapeIn } from '../lower/layout.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { lrnGradGradient } from './gradients/second-order.ts'

interface LrnAttrs {
  readonly depthRadius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}

const attrs = { depthRadius: 2, bias: 1.2, alpha: 0.3, beta: 0.75 } as const

/** Local response normalisation (Krizhevsky et al. 2012): x * (bias + alpha * sum of squares of neighbouring channels)^-beta. */
export const localResponseKernels: readonly KernelDeclaration[] = [
  defineKernel<LrnAttrs>({
    kernel: 'LRN',
    infer: ({ inputs }) => inputs.x!,
    lower: ({ builder, input, attrs: { depthRadius, bias, alpha, beta }, node }) => {
      const { shape, dtype } = node.outputs[0]!
      const size = 2 * depthRadius + 1
      // ONNX divides alpha by the size.
      const attributes = { size, bias, alpha: alpha * size, beta }
      const spec = { shape: shapeIn('first', shape), dtype }
      return placed(builder.node('LRN', [input('x', 'first')], attributes, spec), 'first')
    },
    examples: [
      { inputs: { x: { shape: [2, 3, 3, 7] } }, attrs },
      {
        name: 'more than all channels',
        inputs: { x: { shape: [1, 2, 2, 3] } },
        attrs: { ...attrs, depthRadius: 5 },
      },
    ],
  }),
  defineKernel<LrnAttrs>({
    kernel: 'LRNGrad',
    gradient: lrnGradGradient,
    infer: ({ inputs }) => inputs.x!,
    lower: gradient,
    examples: [],
    unchecked: 'It needs the output of LRN; test/ops/gradients.test.ts compares it through LRN.',
  }),
]

/** dx = dy * n^-beta - 2 alpha beta x * (sum over neighbours of dy * y / n), with n the sum that LRN takes to the power. */
function gradient(context: LowerContext<LrnAttrs>): Value {
  const { builder, attrs: given } = context
  const { depthRadius, bias, alpha, beta } = given
  const [x, y, dy] = ['x', 'y', 'dy'].map((name) => context.input(name)) as [Value, Value, Value]
  const channels = x.shape.at(-1) as number
  const band = builder.shared(`band ${depthRadius} ${channels}`, () =>
    builder.tensor(
      Array.from({ length: channels * channels }, (_, index) =>
        Math.abs(Math.floor(index / channels) - (index % channels)) <= depthRadius ? 1 : 0,
      ),
      [channels, channels],
    ),
  )
  const squares = builder.matMul(builder.mul(x, x), band)
  const sum = builder.add(builder.mul(squares, builder.scalar(alpha)), builder.scalar(bias))
  const direct = builder.mul(dy, builder.binary('Pow', sum, builder.scalar(-beta)))
  const neighbours = builder.matMul(builder.div(builder.mul(dy, y), sum), band)
  const across = builder.mul(builder.mul(x, neighbours), builder.scalar(2 * alpha * beta))
  return builder.sub(direct, across)
}
