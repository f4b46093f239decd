import type { Shape, Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { type Layout, shapeIn, toFirst, toLast } from './layout.ts'

/** How a value that is at hand in one layout is brought to another. */
export interface Reordering {
  readonly from: Layout
  readonly to: Layout
  /** As tfjs has it, channels last. */
  readonly shape: Shape
  /** Channels of a block. */
  readonly block: number
}

/** Brings a lowered value to another layout. Of any element type: what onnxruntime reorders are numbers of float32 alone. */
export function reorder(builder: OnnxBuilder, value: Value, reordering: Reordering): Value {
  const { from, to, shape, block } = reordering
  const isBlocked = from === 'blocked' || to === 'blocked'
  // One block of channels: it is innermost, as with channels last.
  if (isBlocked && from !== 'first' && to !== 'first' && shape.at(-1) === block) {
    return builder.reshape(value, shapeIn(to, shape))
  }
  if (isBlocked) {
    const { dtype } = value
    if (dtype === 'float32') return reorderBlocks(builder, value, reordering)
    const numbers = (each: Value) => reorderBlocks(builder, each, reordering)
    const halves = dtype === 'bool' ? [value] : wholeHalves(builder, value)
    const [low, high] = halves.map((half) =>
      builder.cast(numbers(builder.cast(half, 'float32')), dtype),
    ) as [Value, Value?]
    if (high === undefined) return low
    return builder.add(builder.mul(high, builder.scalar(HALF, dtype)), low)
  }
  const rank = shape.length
  // One channel, or one pixel: both orders are the same bytes.
  const trivial = shape.at(-1) === 1 || shape.slice(1, -1).every((size) => size === 1)
  if (trivial) return builder.reshape(value, shapeIn(to, shape))
  return builder.transpose(value, to === 'first' ? toFirst(rank) : toLast(rank))
}

/** Half of the bits of an integer: float32 holds it exactly. */
const HALF = 2 ** 16

/** The lower and the upper half of integers. */
function wholeHalves(builder: OnnxBuilder, x: Value): [Value, Value] {
  const half = builder.scalar(HALF, x.dtype)
  const low = builder.binary('Mod', x, half)
  return [low, builder.div(builder.sub(x, low), half)]
}

/**
 * onnxruntime's own reordering, of float32. Into blocks, it adds channels of zeros up to the shape that is told, to a multiple of four; out of blocks, it leaves away those that are more than the shape has.
 */
export function reorderBlocks(
  builder: OnnxBuilder,
  value: Value,
  { from, to, shape }: Omit<Reordering, 'block'>,
): Value {
  const spec = { shape: shapeIn(to, shape), dtype: value.dtype }
  const channelsLast = (layout: Layout) => (layout === 'last' ? 1 : 0)
  return from === 'blocked'
    ? builder.node(
        'ReorderOutput',
        [value],
        { channels: Number(shape.at(-1)), channels_last: channelsLast(to) },
        spec,
        'com.microsoft.nchwc',
      )
    : builder.node(
        'ReorderInput',
        [value],
        { channels_last: channelsLast(from) },
        spec,
        'com.microsoft.nchwc',
      )
}
