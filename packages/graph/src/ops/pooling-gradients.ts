import type { Dim, Value } from '../ir/index.ts'
import { sizeOf } from '../ir/index.ts'
import {
  averagePoolGradient as averageInJavaScript,
  maxPoolGradient as maxInJavaScript,
} from '../javascript/pool-gradients.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { firstMaximum } from '../lower/first-maximum.ts'
import { positions } from '../lower/im2col.ts'
import { type Padding, perAxis, type Window, windowOf } from '../lower/window.ts'
import { LOWEST, type Rows, rowsOf, spreadRows, windowTaps } from '../lower/window-rows.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import {
  avgPool3dGradGradient,
  avgPoolGradGradient,
  maxPoolGradGradient,
} from './gradients/second-order.ts'

interface PoolGradAttrs {
  readonly filterSize: number | readonly number[]
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const half = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' } as const
const overlap = { filterSize: [3, 3], strides: [2, 2], pad: 'same' } as const

/** Derivatives of pooling. A maximum's gradient goes to the first of equal elements, as TensorFlow has it. */
export const poolingGradientKernels: readonly KernelDeclaration[] = [
  ...(['MaxPoolGrad', 'MaxPool3DGrad'] as const).map((kernel, index) =>
    defineKernel<PoolGradAttrs>({
      kernel,
      ...(index === 0 && { gradient: maxPoolGradGradient }),
      infer: ({ inputs }) => inputs.input!,
      lower: maxPoolGradient,
      wrongInTfjs:
        kernel === 'MaxPool3DGrad'
          ? {
              how: 'It takes other pixels than the largest where windows overlap at an edge.',
              instead: maxInJavaScript,
            }
          : undefined,
      examples: [],
      unchecked:
        'It needs the output of the pooling; test/ops/pooling-gradients.test.ts compares it through tf.grad.',
    }),
  ),
  ...(['AvgPoolGrad', 'AvgPool3DGrad'] as const).map((kernel, index) =>
    defineKernel<PoolGradAttrs>({
      kernel,
      gradient: index === 0 ? avgPoolGradGradient : avgPool3dGradGradient,
      infer: ({ inputs }) => inputs.input!,
      lower: averagePoolGradient,
      wrongInTfjs: {
        how: 'It divides by the whole window where padding was left out.',
        instead: averageInJavaScript,
      },
      examples:
        index === 1
          ? [
              {
                inputs: { dy: { shape: [1, 2, 2, 2, 3] }, input: { shape: [1, 4, 4, 4, 3] } },
                attrs: { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid' },
              },
              {
                name: 'padded',
                inputs: { dy: { shape: [2, 2, 3, 2, 2] }, input: { shape: [2, 3, 5, 4, 2] } },
                attrs: { filterSize: [3, 2, 3], strides: [2, 2, 2], pad: 'same' },
              },
            ]
          : [
              {
                inputs: { dy: { shape: [2, 3, 3, 4] }, input: { shape: [2, 6, 6, 4] } },
                attrs: half,
              },
              {
                name: 'overlapping',
                inputs: { dy: { shape: [1, 3, 3, 2] }, input: { shape: [1, 7, 7, 2] } },
                attrs: { ...overlap, pad: 'valid' },
              },
              {
                name: 'padded',
                inputs: { dy: { shape: [2, 4, 3, 2] }, input: { shape: [2, 7, 6, 2] } },
                attrs: overlap,
              },
            ],
    }),
  ),
]

function windowFor({ attrs, node }: LowerContext<PoolGradAttrs>): Window {
  const space = node.outputs[0]!.shape.slice(1, -1) as readonly number[]
  return windowOf(space, perAxis(attrs.filterSize, space.length), attrs)
}

/**
 * Tap by tap over all windows at once: the tap gets the gradient where it equals the maximum and no earlier tap did. MaxPool's
 * Indices output would say the same at ten times the cost.
 */
function maxPoolGradient(context: LowerContext<PoolGradAttrs>): Placed {
  const { builder, node } = context
  const window = windowFor(context)
  const layout = context.layoutOf('input') === 'blocked' ? 'blocked' : 'last'
  const rows = (name: string): Rows =>
    rowsOf(builder, context.input(name, layout), layout, context.target.block)
  const [x, y, dy] = [rows('input'), rows('output'), rows('dy')]
  const seen = windowTaps(builder, x, window, LOWEST)
  const parts = firstMaximum(builder, seen, y.value).map((mask) => builder.mul(dy.value, mask))
  const value = spreadRows(builder, parts, x, window, node.outputs[0]!.shape)
  return { value, layout }
}

function averagePoolGradient(context: LowerContext<PoolGradAttrs>): Value {
  const { builder, node } = context
  const window = windowFor(context)
  const { shape } = node.outputs[0]!
  const dy = rowsOf(builder, context.input('dy'), 'last', 0)
  const shares = builder.tensor(sharesOf(window), [1, Number(sizeOf(window.output)), 1])
  const share = builder.mul(dy.value, shares)
  const source: Rows = { ...dy, space: shape.slice(1, -1) as readonly number[] }
  return spreadRows(
    builder,
    positions(window.kernel).map(() => share),
    source,
    window,
    shape as readonly Dim[],
  )
}

/** One over the number of elements that each window averaged, padding left out. */
function sharesOf(window: Window): number[] {
  return positions(window.output).map((position) => {
    const counts = position.map((at, axis) => {
      const start = at * window.strides[axis]! - window.before[axis]!
      const end = start + window.kernel[axis]!
      return Math.min(end, window.input[axis]!) - Math.max(start, 0)
    })
    return 1 / counts.reduce((product, count) => product * count, 1)
  })
}
