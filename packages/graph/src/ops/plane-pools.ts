import type { Value } from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { placed } from '../lower/elementwise.ts'
import { firstMaximum } from '../lower/first-maximum.ts'
import { type Layout, shapeIn } from '../lower/layout.ts'
import type { Window } from '../lower/window.ts'
import { LOWEST, type Rows, spreadRows, windowTaps } from '../lower/window-rows.ts'
import { poolChannels, poolGradientChannels } from './channel-axes.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** A window along the depth of volumes. */
export interface PlanePoolAttrs {
  /** Planes of a volume. */
  readonly depth: number
  /** Windows over a volume. */
  readonly count: number
  readonly size: number
  readonly stride: number
  /** Planes that the first window reaches over, and the last. */
  readonly before: number
  readonly after: number
}

const unchecked =
  "Ashlar's own kernel; test/passes/volumes/pools.test.ts compares it with the plain graph."

/**
 * Pooling along the depth of volumes that lie as images, their planes one after the other; see ops/planes.ts. What each window sees are whole planes, so that it makes no difference how the numbers of one
 * lie. Averages leave padding out; a maximum's gradient goes to the first of equal elements.
 */
export const planePoolKernels: readonly KernelDeclaration[] = [
  ...(['MaxPool', 'AvgPool'] as const).map((kernel) =>
    defineKernel<PlanePoolAttrs>({
      kernel: `${kernel}Planes`,
      isOwn: true,
      channels: () => poolChannels,
      range: 'inputs',
      infer: ({ inputs, attrs }) => {
        const [planes, ...rest] = inputs.x!.shape
        const { dtype } = inputs.x!
        return { shape: [(Number(planes) / attrs.depth) * attrs.count, ...rest], dtype }
      },
      lower: (context) => pool(context, kernel === 'MaxPool' ? 'MaxPool' : 'AveragePool'),
      examples: [],
      unchecked,
    }),
  ),
  defineKernel<PlanePoolAttrs>({
    kernel: 'MaxPoolPlanesGrad',
    isOwn: true,
    channels: () => poolGradientChannels,
    infer: ({ inputs }) => inputs.input!,
    lower: (context) => {
      const { builder, attrs } = context
      const layout = context.layoutOf('input')
      const [x, y, dy] = ['input', 'output', 'dy'].map((name) =>
        volumeRows(builder, context.input(name, layout), attrs, name === 'input'),
      ) as [Rows, Rows, Rows]
      const window = windowFor(attrs)
      const seen = windowTaps(builder, x, window, LOWEST)
      const parts = firstMaximum(builder, seen, y.value).map((mask) => builder.mul(dy.value, mask))
      return spread(context, parts, window, layout)
    },
    examples: [],
    unchecked,
  }),
  defineKernel<PlanePoolAttrs>({
    kernel: 'AvgPoolPlanesGrad',
    isOwn: true,
    channels: () => ({ inputs: { dy: '*c' }, outputs: ['*c'] }),
    infer: ({ inputs, attrs }) => {
      const [planes, ...rest] = inputs.dy!.shape
      const { dtype } = inputs.dy!
      return { shape: [(Number(planes) / attrs.count) * attrs.depth, ...rest], dtype }
    },
    lower: (context) => {
      const { builder, attrs } = context
      const layout = context.layoutOf('dy')
      const dy = volumeRows(builder, context.input('dy', layout), attrs, false)
      const window = windowFor(attrs)
      const shares = Array.from({ length: attrs.count }, (_, at) => {
        const start = at * attrs.stride - attrs.before
        return 1 / (Math.min(start + attrs.size, attrs.depth) - Math.max(start, 0))
      })
      const share = builder.mul(dy.value, builder.tensor(shares, [1, attrs.count, 1]))
      const parts = Array.from({ length: attrs.size }, () => share)
      return spread(context, parts, window, layout)
    },
    examples: [],
    unchecked,
  }),
]

function windowFor({ depth, count, size, stride, before, after }: PlanePoolAttrs): Window {
  return {
    ...{ kernel: [size], strides: [stride], dilations: [1] },
    ...{ before: [before], after: [after], input: [depth], output: [count] },
  }
}

/** Volumes as rows, one a plane: [batch, depth or windows, numbers of a plane]. */
function volumeRows(
  builder: OnnxBuilder,
  x: Value,
  { depth, count }: PlanePoolAttrs,
  isWhole: boolean,
): Rows {
  const [planes, ...rest] = x.shape as readonly number[]
  const size = isWhole ? depth : count
  const width = rest.reduce((product, each) => product * each, 1)
  const value = builder.reshape(x, [planes! / size, size, width])
  return { value, space: [size], layout: 'last' }
}

/** The windows' numbers, one tensor for each tap, added up in the planes that they came from. */
function spread(
  { builder, attrs, node }: LowerContext<PlanePoolAttrs>,
  parts: readonly Value[],
  window: Window,
  layout: Layout,
): Placed {
  const shape = shapeIn(layout, node.outputs[0]!.shape)
  const rows: Rows = { value: parts[0]!, space: [attrs.depth], layout: 'last' }
  return placed(spreadRows(builder, parts, rows, window, shape), layout)
}

/** An image as high as a volume is deep: of as many channels as a block has, where blocks lie innermost, and else of one. */
function pool(
  { builder, attrs, target, node, ...context }: LowerContext<PlanePoolAttrs>,
  op: 'MaxPool' | 'AveragePool',
): Placed {
  const { depth, count, size, stride, before, after } = attrs
  const layout = context.layoutOf('x')
  const x = context.input('x', layout)
  const shape = shapeIn(layout, node.outputs[0]!.shape) as readonly number[]
  const channels = layout === 'blocked' ? target.block : 1
  const batch = shape[0]! / count
  const width = shape.slice(1).reduce((product, each) => product * each, 1) / channels
  const pooled = builder.node(
    op,
    [builder.reshape(x, [batch, channels, depth, width])],
    { kernel_shape: [size, 1], strides: [stride, 1], pads: [before, 0, after, 0] },
    { shape: [batch, channels, count, width], dtype: x.dtype },
    layout === 'blocked' ? NCHWC : '',
  )
  return placed(builder.reshape(pooled, shape), layout)
}
