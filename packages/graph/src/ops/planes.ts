import { type Dim, floorDiv, times, type Value } from '../ir/index.ts'
import { blockedConvolution } from '../lower/blocked-convolution.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { placed } from '../lower/elementwise.ts'
import { type Layout, shapeIn } from '../lower/layout.ts'
import { gatherPlanes, type PlaneWindows, partsWindow } from '../lower/plane-windows.ts'
import { defineKernel, type InferContext, type KernelDeclaration } from './declaration.ts'

const unchecked =
  "Ashlar's own kernel; test/passes/volumes/convolutions.test.ts compares it with the plain graph."

/** Planes of volumes in groups, side by side as channels. */
export interface GroupAttrs {
  /** Planes of a volume: those of its last group that are too many are dropped. */
  readonly depth: number
  /** Planes of a group. */
  readonly group: number
}

/**
 * Volumes as images, their planes one after the other: [batch * depth, height, width, channels]. A convolution over three axes is one over two of them, of windows of planes whose
 * taps are channels. In any layout but channels last, what is moved is whole planes. passes/volumes/ puts these kernels in.
 */
export const planeKernels: readonly KernelDeclaration[] = [
  // The planes of each window, its taps side by side as channels: [batch * count, height, width, taps * channels].
  defineKernel<PlaneWindows>({
    kernel: 'StackPlanes',
    isOwn: true,
    infer: (context) => planesFrom(context, (channels) => times(channels, context.attrs.taps)),
    lower: (context) => {
      const layout = planeLayout(context, 'x', 1)
      const x = context.input('x', layout)
      const rows = gatherPlanes(context.builder, planeRows(context.builder, x), context.attrs)
      const shape = shapeIn(layout, context.node.outputs[0]!.shape)
      return placed(context.builder.reshape(rows, shape), layout)
    },
    examples: [],
    unchecked,
  }),
  // The reverse, the sum over each window: tap after tap of what lies side by side as channels.
  defineKernel<PlaneWindows>({
    kernel: 'SumPlanes',
    isOwn: true,
    // Its channels are whole blocks wherever it is put in: none are added to them.
    channels: () => ({ inputs: { x: '*s' }, outputs: ['*c'] }),
    infer: (context) => planesFrom(context, (channels) => floorDiv(channels, context.attrs.taps)),
    lower: sumPlanes,
    examples: [],
    unchecked,
  }),
  // Groups of planes parted: [batch * depth, height, width, channels]. They lie so already.
  defineKernel<GroupAttrs>({
    kernel: 'PartPlanes',
    isOwn: true,
    channels: () => ({ inputs: { x: '*s' }, outputs: ['*c'] }),
    infer: ({ inputs, attrs: { depth, group } }) => {
      const [groups, height, width, channels] = inputs.x!.shape
      const planes = times(floorDiv(groups!, Math.ceil(depth / group)), depth)
      const shape = [planes, height!, width!, floorDiv(channels!, group)]
      return { shape, dtype: inputs.x!.dtype }
    },
    lower: partPlanes,
    examples: [],
    unchecked,
  }),
]

function planesFrom(
  { inputs, attrs }: InferContext<PlaneWindows>,
  channelsOf: (channels: Dim) => Dim,
) {
  const { shape, dtype } = inputs.x!
  const [planes, height, width, channels] = shape as readonly [Dim, Dim, Dim, Dim]
  const count = times(floorDiv(planes, attrs.depth), attrs.count)
  return { shape: [count, height, width, channelsOf(channels)], dtype }
}

/** Blocks where each tap is whole blocks of channels, else channels first: a plane's numbers of a tap lie together in both. */
function planeLayout(
  { logical, target }: Pick<LowerContext, 'logical' | 'target'>,
  name: string,
  taps: number,
): Exclude<Layout, 'last'> {
  const channels = Number(logical(name).shape.at(-1)) / taps
  return target.block > 0 && channels % target.block === 0 ? 'blocked' : 'first'
}

function planeRows(builder: OnnxBuilder, x: Value): Value {
  const [planes, ...rest] = x.shape as readonly number[]
  return builder.reshape(x, [planes!, rest.reduce((product, size) => product * size, 1)])
}

function sumPlanes(context: LowerContext<PlaneWindows>): Placed {
  const { builder, attrs, target, node } = context
  const { taps, depth, count } = attrs
  const layout = planeLayout(context, 'x', taps)
  const x = context.input('x', layout)
  const shape = shapeIn(layout, node.outputs[0]!.shape) as readonly number[]
  const window = layout === 'blocked' ? partsWindow(attrs) : undefined
  if (window === undefined) {
    const [planes, channels, height, width] = x.shape as readonly [number, number, number, number]
    const rows = builder.reshape(x, [planes * taps, (channels / taps) * height * width])
    const parts = Array.from({ length: taps }, (_, tap) => {
      const { start, stride, step } = attrs
      return gatherPlanes(builder, rows, {
        ...{ depth: depth * taps, count, taps: 1, step: 1 },
        ...{ start: (start + tap * step) * taps + tap, stride: stride * taps },
      })
    })
    const sum = parts.reduce((total, part) => builder.add(total, part))
    return placed(builder.reshape(sum, shape), layout)
  }
  // Images as high as there are parts: a convolution of each channel of a block by itself, under a filter of ones.
  const { block } = target
  const batch = (x.shape[0]! as number) / depth
  const width = shape.slice(1).reduce((product, size) => product * size, 1) / block
  const sums = blockedConvolution(
    builder,
    [builder.reshape(x, [batch, block, depth * taps, width]), builder.ones(1, [block, 1, taps, 1])],
    {
      kernel_shape: window.kernel,
      strides: window.strides,
      dilations: window.dilations,
      pads: [...window.before, ...window.after],
      group: block,
    },
    [batch, block, count, width],
  )
  return placed(builder.reshape(sums, shape), layout)
}

function partPlanes(context: LowerContext<GroupAttrs>): Placed {
  const { builder, attrs, node } = context
  const { depth, group } = attrs
  const layout = planeLayout(context, 'x', group)
  const shape = shapeIn(layout, node.outputs[0]!.shape) as readonly number[]
  const width = shape.slice(1).reduce((product, size) => product * size, 1)
  const batch = shape[0]! / depth
  const all = Math.ceil(depth / group) * group
  const planes = builder.reshape(context.input('x', layout), [batch, all, width])
  const own =
    all === depth ? planes : builder.slice(planes, [1], [0], [depth], [batch, depth, width])
  return placed(builder.reshape(own, shape), layout)
}
