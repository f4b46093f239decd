import { type Dim, isStatic, type Value } from '../ir/index.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { firstMaximum } from '../lower/first-maximum.ts'
import { type FreeWindows, spreadTaps, tapsOf } from '../lower/free-windows.ts'
import { pixelsOf, type WindowAttrs, windowOf } from '../lower/window.ts'
import { LOWEST, rowsOf, spreadRows, windowTaps } from '../lower/window-rows.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type SizedSpec,
} from './declaration.ts'
import { dilationFilterGradient, dilationInputGradient } from './gradients/picked-windows.ts'

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
      const { candidates, builder, whole } = candidatesOf(context)
      // What a window over padding alone gives in tfjs.
      return whole(largest(builder, [...candidates, builder.scalar(Number.MIN_SAFE_INTEGER)]))
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
      gradient:
        kernel === 'Dilation2DBackpropInput' ? dilationInputGradient : dilationFilterGradient,
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
  const filter = inputs.filter!.shape.slice(0, 2)
  const output = pixelsOf('dilation2d', shape.slice(1, -1), filter, attrs)
  return { shape: [shape[0]!, ...output, shape.at(-1)!], dtype }
}

interface Candidates {
  readonly builder: LowerContext['builder']
  /** Pixel plus filter, for each tap: all windows at once. */
  readonly candidates: readonly Value[]
  /** A value for each window, as candidates lie. */
  windowsOf(name: string): Value
  /** Sums what taps give to the pixels that they see. */
  spread(parts: readonly Value[]): Lowered
  /** The numbers of all windows, as the result. */
  whole(value: Value): Lowered
  /** The axes that are not channels. */
  readonly places: readonly number[]
}

function candidatesOf(context: LowerContext<WindowAttrs>): Candidates {
  return isStatic(context.logical('x').shape.slice(1, -1)) ? byRows(context) : byTaps(context)
}

/** An image of a fixed size: rows of it, [images, windows, channels] for each tap. */
function byRows(context: LowerContext<WindowAttrs>): Candidates {
  const { builder, attrs, node } = context
  const image = context.input('x')
  const [height, width, channels] = filterOf(context)
  const space = image.shape.slice(1, -1) as readonly number[]
  const window = windowOf(space, [height, width], attrs)
  const rows = rowsOf(builder, image, 'last', 0)
  const taps = builder.reshape(context.input('filter'), [height * width, channels])
  const { shape } = node.outputs[0]!
  return {
    builder,
    candidates: windowTaps(builder, rows, window, LOWEST).map((seen, tap) =>
      builder.add(seen, builder.slice(taps, [0], [tap], [tap + 1], [1, channels])),
    ),
    windowsOf: (name) => rowsOf(builder, context.input(name), 'last', 0).value,
    spread: (parts) => spreadRows(builder, parts, rows, window, shape),
    whole: (value) => builder.reshape(value, shape),
    places: [0, 1],
  }
}

/** An image of any size: [images, channels, ...windows] for each tap. */
function byTaps(context: LowerContext<WindowAttrs>): Candidates {
  const { builder, attrs } = context
  const image = context.input('x', 'first')
  const [height, width, channels] = filterOf(context)
  const windows = windowOf<Dim>(image.shape.slice(2), [height, width], attrs) as FreeWindows
  const taps = builder.reshape(context.input('filter'), [height * width, channels, 1, 1])
  const placed = (value: Value): Lowered => ({ value, layout: 'first' })
  return {
    builder,
    candidates: tapsOf(builder, image, windows, LOWEST).map((seen, tap) =>
      builder.add(seen, builder.slice(taps, [0], [tap], [tap + 1], [1, channels, 1, 1])),
    ),
    windowsOf: (name) => context.input(name, 'first'),
    spread: (parts) => placed(spreadTaps(builder, parts, windows)),
    whole: placed,
    places: [0, 2, 3],
  }
}

function filterOf(context: LowerContext<WindowAttrs>): readonly [number, number, number] {
  return context.logical('filter').shape as readonly [number, number, number]
}

function largest(builder: LowerContext['builder'], candidates: readonly Value[]): Value {
  return builder.node('Max', candidates, {}, candidates[0]!)
}

/** dy at the tap that each window took. */
function shares(context: LowerContext<WindowAttrs>): Candidates & { readonly parts: Value[] } {
  const found = candidatesOf(context)
  const { builder, candidates } = found
  const dy = found.windowsOf('dy')
  const masks = firstMaximum(builder, candidates, largest(builder, candidates))
  return { ...found, parts: masks.map((mask) => builder.mul(dy, mask)) }
}

function byInput(context: LowerContext<WindowAttrs>): Lowered {
  const { parts, spread } = shares(context)
  return spread(parts)
}

function byFilter(context: LowerContext<WindowAttrs>): Value {
  const { builder, parts, places } = shares(context)
  const sums = parts.map((part) => {
    const sum = builder.reduce('ReduceSum', part, places, false)
    return builder.reshape(sum, [1, sum.shape[0]!])
  })
  return builder.reshape(builder.concat(sums, 0), context.node.outputs[0]!.shape)
}
