import type { Dim, Value } from '../ir/index.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { shapeIn } from '../lower/layout.ts'
import { type Padding, perAxis, windowAttributes, windowOf } from '../lower/window.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type TensorSpec,
} from './declaration.ts'

interface PoolAttrs {
  readonly filterSize: number | readonly number[]
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const half = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' } as const
const overlap = { filterSize: [3, 3], strides: [2, 2], pad: 'same' } as const

/** Pooling over two and three spatial axes; averages leave padding out. */
export const poolingKernels: readonly KernelDeclaration[] = [
  ...(['MaxPool', 'AvgPool'] as const).map((kernel) =>
    defineKernel<PoolAttrs>({
      kernel,
      infer,
      lower: (context) => pool(context, kernel === 'MaxPool' ? 'MaxPool' : 'AveragePool'),
      examples: [
        { inputs: { x: { shape: [2, 6, 6, 3] } }, attrs: half },
        { name: 'overlapping', inputs: { x: { shape: [1, 7, 6, 2] } }, attrs: overlap },
      ],
    }),
  ),
  ...(['MaxPool3D', 'AvgPool3D'] as const).map((kernel) =>
    defineKernel<PoolAttrs>({
      kernel,
      infer,
      lower: (context) => pool(context, kernel === 'MaxPool3D' ? 'MaxPool' : 'AveragePool'),
      examples: [
        {
          inputs: { x: { shape: [1, 4, 4, 4, 2] } },
          attrs: { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid', dataFormat: 'NDHWC' },
        },
      ],
    }),
  ),
]

function infer({ inputs, attrs }: InferContext<PoolAttrs>): TensorSpec {
  const { shape, dtype } = inputs.x!
  const { output } = windowOf(shape.slice(1, -1), kernelOf(attrs, shape), attrs)
  return { shape: [shape[0]!, ...output, shape.at(-1)!], dtype }
}

function kernelOf(attrs: PoolAttrs, shape: readonly Dim[]): number[] {
  return perAxis(attrs.filterSize, shape.length - 2)
}

function pool(context: LowerContext<PoolAttrs>, op: string): Lowered {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const layout = context.layoutOf('x') === 'blocked' ? 'blocked' : 'first'
  const x: Value = context.input('x', layout)
  const kernel = kernelOf(attrs, shape)
  const value = builder.node(
    op,
    [x],
    windowAttributes(x.shape.slice(2), kernel, attrs),
    { shape: shapeIn('first', shape), dtype },
    layout === 'blocked' ? 'com.microsoft.nchwc' : '',
  )
  return { value, layout }
}
