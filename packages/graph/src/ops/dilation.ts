import { staticShape, type Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { firstMaximum } from '../lower/first-maximum.ts'
import { type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import { LOWEST, type Rows, rowsOf, spreadRows, windowTaps } from '../lower/window-rows.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type SizedSpec,
} from './declaration.ts'

const plain = { strides: [1, 1], pad: 'same', dilations: [1, 1] } as const
const wide = { strides: [2, 2], pad: 'valid', dilations: [2, 1] } as const
const x = { shape: [2, 5, 6, 3] } as const
const filter = { shape: [2, 3, 3] } as const

/** Morphological dilation: the largest of pixel plus filter in each window; and its derivatives. */
export const dilationKernels: readonly KernelDeclaration[] = [
  defineKernel<WindowAttrs>({
    kernel: 'Dilation2D',
    infer,
    lower: (context) => {
      const { candidates, builder } = candidatesOf(context)
      return builder.reshape(largest(builder, candidates), context.node.outputs[0]!.shape)
    },
    examples: [
      { inputs: { x, filter }, attrs: plain },
      { name: 'strided, dilated', inputs: { x, filter }, attrs: wide },
    ],
  }),
  ...(['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'] as const).map((kernel) =>
    defineKernel<WindowAttrs>({
      kernel,
      infer: ({ inputs }) => (kernel === 'Dilation2DBackpropInput' ? inputs.x! : inputs.filter!),
      lower: kernel === 'Dilation2DBackpropInput' ? byInput : byFilter,
      examples: [
        { inputs: { x, filter, dy: { shape: [2, 5, 6, 3] } }, attrs: plain },
        {
          name: 'strided, dilated',
          inputs: { x, filter, dy: { shape: [2, 2, 2, 3] } },
          attrs: wide,
        },
      ],
    }),
  ),
]

function infer({ inputs, attrs }: InferContext<WindowAttrs>): SizedSpec {
  const { shape, dtype } = inputs.x!
  const { output } = windowOf(shape.slice(1, -1), inputs.filter!.shape.slice(0, 2), attrs)
  return { shape: [shape[0]!, ...output, shape.at(-1)!], dtype }
}

interface Candidates {
  readonly builder: LowerContext['builder']
  readonly window: Window
  readonly rows: Rows
  /** Pixel plus filter, [images, windows, channels] for each tap. */
  readonly candidates: readonly Value[]
}

function candidatesOf(context: LowerContext<WindowAttrs>): Candidates {
  const { builder, attrs } = context
  const image = context.input('x')
  const [height, width, channels] = context.logical('filter').shape as [number, number, number]
  const space = staticShape(image.shape.slice(1, -1), context.node.scope || context.node.op)
  const window = windowOf(space, [height, width], attrs)
  const rows = rowsOf(builder, image, 'last', 0)
  const taps = builder.reshape(context.input('filter'), [height * width, channels])
  const candidates = windowTaps(builder, rows, window, LOWEST).map((seen, tap) =>
    builder.add(seen, builder.slice(taps, [0], [tap], [tap + 1], [1, channels])),
  )
  return { builder, window, rows, candidates }
}

function largest(builder: LowerContext['builder'], candidates: readonly Value[]): Value {
  return builder.node('Max', candidates, {}, candidates[0]!)
}

/** dy at the tap that each window took. */
function shares(context: LowerContext<WindowAttrs>): Candidates & { readonly parts: Value[] } {
  const found = candidatesOf(context)
  const { builder, candidates } = found
  const dy = rowsOf(builder, context.input('dy'), 'last', 0).value
  const masks = firstMaximum(builder, candidates, largest(builder, candidates))
  return { ...found, parts: masks.map((mask) => builder.mul(dy, mask)) }
}

function byInput(context: LowerContext<WindowAttrs>): Value {
  const { builder, parts, rows, window } = shares(context)
  return spreadRows(builder, parts, rows, window, context.node.outputs[0]!.shape)
}

function byFilter(context: LowerContext<WindowAttrs>): Value {
  const { builder, parts } = shares(context)
  const sums = parts.map((part) => {
    const sum = builder.reduce('ReduceSum', part, [0, 1], false)
    return builder.reshape(sum, [1, sum.shape[0]!])
  })
  return builder.reshape(builder.concat(sums, 0), context.node.outputs[0]!.shape)
}
