import { constant, floorDiv, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { positions } from '../lower/im2col.ts'
import { shapeIn } from '../lower/layout.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface TapFilterAttrs {
  /** [...kernel, inputs, outputs] of the convolution. */
  readonly filterShape: readonly number[]
  /** Its strides. */
  readonly strides: readonly number[]
  /** The pooling's window. */
  readonly pool: readonly number[]
}

interface TapAttrs {
  /** How many taps the pooling's window has. */
  readonly taps: number
}

const unchecked =
  "Ashlar's own kernel; test/passes/pool-taps/pool-taps.test.ts compares it with the plain graph."

/**
 * A max pooling of windows that stand apart, behind a convolution of few channels: each tap of the pooling is a set of output channels of one larger
 * convolution, [batch, ...pooled, taps * channels], and the pooling is the maximum over taps. So no pixel is moved from its window or back to it.
 *
 * Where a maximum is met first is told by running maxima: from that tap on they equal the last one. The gradient takes them as they are, which gives
 * the sum over each tap and those before it, and the differences are taken of the small result. passes/pool-taps/ puts these kernels in.
 */
export const poolTapKernels: readonly KernelDeclaration[] = [
  // The larger convolution's filter: each tap's copy, moved to where the tap lies; zeros around it.
  defineKernel<TapFilterAttrs>({
    kernel: 'TapFilter',
    isOwn: true,
    infer: ({ inputs, attrs }) => ({ shape: tapFilterShape(attrs), dtype: inputs.filter!.dtype }),
    lower: ({ builder, attrs, input }) => {
      const { filterShape } = attrs
      const outputs = filterShape.at(-1)!
      const places = placesOf(attrs)
      const nowhere = Number(sizeOf(filterShape)) / outputs
      const whole = tapFilterShape(attrs)
      const sources = Array<number>(Number(sizeOf(whole)) / outputs).fill(nowhere)
      for (const [tap, rows] of places.entries()) {
        for (const [row, place] of rows.entries()) sources[place * places.length + tap] = row
      }
      const rows = withZeroRow(builder, input('filter'), outputs)
      return builder.reshape(builder.gather(rows, indexOf(sources), 0), whole)
    },
    examples: [],
    unchecked,
  }),
  // Maxima over each tap and those before it, and over all of them.
  defineKernel<TapAttrs>({
    kernel: 'RunningMax',
    isOwn: true,
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const pooled = [...shape.slice(0, -1), floorDiv(shape.at(-1)!, attrs.taps)]
      return [
        { shape, dtype },
        { shape: pooled, dtype },
      ]
    },
    lower: runningMax,
    examples: [],
    unchecked,
  }),
  // dy wherever a running maximum equals the last one.
  defineKernel<TapAttrs>({
    kernel: 'RunningMaxGrad',
    isOwn: true,
    infer: ({ inputs }) => inputs.running!,
    lower: runningMaxGradient,
    examples: [],
    unchecked,
  }),
  // The gradient by the convolution's filter, from that by the larger filter.
  defineKernel<TapFilterAttrs>({
    kernel: 'TapFilterGrad',
    isOwn: true,
    infer: ({ inputs, attrs }) => ({ shape: attrs.filterShape, dtype: inputs.dy!.dtype }),
    lower: ({ builder, attrs, input }) => {
      const { filterShape } = attrs
      const outputs = filterShape.at(-1)!
      const places = placesOf(attrs)
      const nothing = Number(sizeOf(tapFilterShape(attrs))) / outputs
      const until = places.flatMap((rows, tap) => rows.map((row) => row * places.length + tap))
      const before = places.flatMap((rows, tap) =>
        rows.map((row) => (tap === 0 ? nothing : row * places.length + tap - 1)),
      )
      const rows = withZeroRow(builder, input('dy'), outputs)
      const own = builder.sub(
        builder.gather(rows, indexOf(until), 0),
        builder.gather(rows, indexOf(before), 0),
      )
      const byTap = builder.reshape(own, [places.length, places[0]!.length, outputs])
      return builder.reshape(builder.reduce('ReduceSum', byTap, [0], false), filterShape)
    },
    examples: [],
    unchecked,
  }),
]

/** The window of the larger convolution: all that a window of the pooling sees through the convolution. */
export function tapKernel(
  kernel: readonly number[],
  strides: readonly number[],
  pool: readonly number[],
): number[] {
  return kernel.map((size, axis) => size + (pool[axis]! - 1) * strides[axis]!)
}

/** Shape of the larger filter. */
export function tapFilterShape({ filterShape, strides, pool }: TapFilterAttrs): number[] {
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const kernel = tapKernel(filterShape.slice(0, -2), strides, pool)
  return [...kernel, inputs, Number(sizeOf(pool)) * outputs]
}

/** For each tap of the pooling, where each row of outputs of the filter stands among those of the larger one. */
function placesOf({ filterShape, strides, pool }: TapFilterAttrs): number[][] {
  const kernel = filterShape.slice(0, -2)
  const inputs = filterShape.at(-2)!
  const whole = tapKernel(kernel, strides, pool)
  return positions(pool).map((tap) =>
    positions(kernel).flatMap((at) => {
      const pixel = at.reduce(
        (sum, each, axis) => sum * whole[axis]! + each + tap[axis]! * strides[axis]!,
        0,
      )
      return Array.from({ length: inputs }, (_, input) => pixel * inputs + input)
    }),
  )
}

function withZeroRow(builder: OnnxBuilder, filter: Value, outputs: number): Value {
  const rows = Number(sizeOf(filter.shape)) / outputs
  return builder.concat(
    [builder.reshape(filter, [rows, outputs]), builder.ones(0, [1, outputs])],
    0,
  )
}

function indexOf(rows: readonly number[]): Value {
  return constant(BigInt64Array.from(rows, BigInt), [rows.length], 'int64')
}

/** How taps lie in memory: [outer, taps, inner], the inner numbers whole blocks. */
interface TapView {
  readonly layout: 'last' | 'blocked'
  readonly outer: number
  readonly taps: number
  readonly inner: number
}

function viewOf(context: LowerContext<TapAttrs>, name: string): TapView {
  const layout = context.layoutOf(name) === 'blocked' ? 'blocked' : 'last'
  const shape = context.logical(name).shape as readonly number[]
  const { taps } = context.attrs
  const outer = layout === 'blocked' ? shape[0]! : Number(sizeOf(shape.slice(0, -1)))
  return { layout, outer, taps, inner: Number(sizeOf(shape)) / outer / taps }
}

/** One NCHWc pooling: taps are the rows of an image, and all before the first are out of it. */
function runningMax(context: LowerContext<TapAttrs>): readonly Placed[] {
  const { builder, node, target } = context
  const { layout, outer, taps, inner } = viewOf(context, 'x')
  const { block } = target
  const image = { shape: [outer, block, taps, inner / block], dtype: node.outputs[0]!.dtype }
  const running = builder.node(
    'MaxPool',
    [builder.reshape(context.input('x', layout), image.shape)],
    { kernel_shape: [taps, 1], pads: [taps - 1, 0, 0, 0] },
    image,
    'com.microsoft.nchwc',
  )
  const byTap = builder.reshape(running, [outer, taps, inner])
  const pooled = builder.slice(byTap, [1], [taps - 1], [taps], [outer, 1, inner])
  return [running, pooled].map((value, index) => ({
    value: builder.reshape(value, shapeIn(layout, node.outputs[index]!.shape)),
    layout,
  }))
}

function runningMaxGradient(context: LowerContext<TapAttrs>): Placed {
  const { builder, node } = context
  const { layout, outer, taps, inner } = viewOf(context, 'running')
  const running = builder.reshape(context.input('running', layout), [outer, taps, inner])
  const [pooled, dy] = ['pooled', 'dy'].map((name) =>
    builder.reshape(context.input(name, layout), [outer, 1, inner]),
  ) as [Value, Value]
  const isMet = builder.cast(builder.binary('Equal', running, pooled, 'bool'), running.dtype)
  const value = builder.mul(isMet, dy)
  return { value: builder.reshape(value, shapeIn(layout, node.outputs[0]!.shape)), layout }
}
