import { constant, sizeOf, type Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { im2col } from '../lower/im2col.ts'
import { padFilter, trimWindow } from '../lower/trim.ts'
import type { WindowAttrs } from '../lower/window.ts'
import { type Window, windowOf } from '../lower/window.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface FilterGradientAttrs extends WindowAttrs {
  /** [...kernel, inputs, outputs] */
  readonly filterShape: readonly number[]
}

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC' } as const

/** Derivatives of convolutions by their filters. */
export const convolutionFilterGradientKernels: readonly KernelDeclaration[] = (
  ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2'] as const
).map((kernel, index) =>
  defineKernel<FilterGradientAttrs>({
    kernel,
    infer: ({ inputs, attrs }) => ({ shape: attrs.filterShape, dtype: inputs.x!.dtype }),
    lower: byFilter,
    examples:
      index === 0
        ? filterExamples()
        : [
            {
              inputs: { x: { shape: [2, 3, 3, 3, 3] }, dy: { shape: [2, 3, 3, 3, 2] } },
              attrs: { strides: [1, 1, 1], pad: 'same', filterShape: [2, 2, 2, 3, 2] },
            },
          ],
  }),
)

/** The gradient by the weights: the forward's gathered rows, transposed, times dy. */
function byFilter(context: LowerContext<FilterGradientAttrs>): Value {
  const { builder, attrs } = context
  const { filterShape } = attrs
  const kernel = filterShape.slice(0, -2)
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const space = context.logical('x').shape.slice(1, -1) as readonly number[]
  const window = windowOf(space, kernel, attrs)
  const width = Number(sizeOf(kernel)) * inputs
  if (inputs < 8 && width <= 128) return byOneHot(context, window, width)
  const trimmed = trimWindow(window)
  const rows = im2col(builder, context.input('x'), trimmed.window)
  const dy = builder.reshape(context.input('dy'), [rows.shape[0]!, outputs])
  const shape = [rows.shape[1]!, outputs]
  const product = builder.node('Gemm', [rows, dy], { transA: 1 }, { shape, dtype: rows.dtype })
  const used = builder.reshape(product, [...trimmed.window.kernel, inputs, outputs])
  return padFilter(builder, used, trimmed)
}

/**
 * For few input channels: a convolution with one-hot filters copies each tap into a channel of its own, which is quicker than gathering
 * single numbers.
 */
function byOneHot(
  context: LowerContext<FilterGradientAttrs>,
  window: Window,
  width: number,
): Value {
  const { builder, attrs } = context
  const { filterShape } = attrs
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const x = context.input('x', 'first')
  const batch = Number(x.shape[0])
  const windows = Number(sizeOf(window.output))
  const filters = builder.shared(`one-hot ${window.kernel} ${inputs}`, () => {
    const taps = width / inputs
    const data = new Float32Array(width * width)
    // Filter (tap, channel) reads channel `channel` at `tap`.
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < inputs; channel++) {
        data[(tap * inputs + channel) * width + channel * taps + tap] = 1
      }
    }
    return constant(data, [width, inputs, ...window.kernel], 'float32')
  })
  const columns = builder.node(
    'Conv',
    [x, filters],
    {
      kernel_shape: window.kernel,
      strides: window.strides,
      pads: [...window.before, ...window.after],
    },
    { shape: [batch, width, ...window.output], dtype: x.dtype },
  )
  const rows = builder.reshape(columns, [batch, width, windows])
  const products = timesGradient(context, rows, [batch, windows, outputs])
  return builder.reshape(builder.reduce('ReduceSum', products, [0], false), filterShape)
}

/** columns [batch, width, windows] times dy, from whichever order of dy is at hand. */
function timesGradient(
  context: LowerContext<FilterGradientAttrs>,
  columns: Value,
  [batch, windows, outputs]: readonly [number, number, number],
): Value {
  const { builder, target } = context
  if (target.portable || context.layoutOf('dy') === 'last') {
    return builder.matMul(columns, builder.reshape(context.input('dy'), [batch, windows, outputs]))
  }
  const dy = builder.reshape(context.input('dy', 'first'), [batch, outputs, windows])
  return builder.node(
    'FusedMatMul',
    [columns, dy],
    { transB: 1 },
    { shape: [batch, columns.shape[1]!, outputs], dtype: dy.dtype },
    'com.microsoft',
  )
}

function filterExamples(): KernelDeclaration['examples'] {
  return [
    {
      inputs: { x: { shape: [2, 5, 5, 3] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 3, 4] },
    },
    {
      name: 'wide',
      inputs: { x: { shape: [2, 5, 5, 16] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'wide, strided',
      inputs: { x: { shape: [2, 6, 7, 16] }, dy: { shape: [2, 3, 4, 4] } },
      attrs: { ...unit, strides: [2, 2], filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'one pixel',
      inputs: { x: { shape: [3, 1, 1, 16] }, dy: { shape: [3, 1, 1, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'valid, strided',
      inputs: { x: { shape: [1, 6, 6, 3] }, dy: { shape: [1, 2, 2, 4] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], filterShape: [3, 3, 3, 4] },
    },
  ]
}
