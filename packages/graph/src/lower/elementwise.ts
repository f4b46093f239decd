import { isStatic, sameShape, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { LowerContext, Placed } from './context.ts'
import { axisIn, type Layout } from './layout.ts'

/**
 * The inputs of an elementwise kernel, brought to one layout so that they broadcast as they did in tfjs. The layout is the one
 * that most inputs of full rank are at hand in, so that no conversion happens inside a stack of convolutions.
 */
export function elementwiseInputs(
  context: LowerContext,
  names: readonly string[] = context.names,
): { readonly values: Value[]; readonly layout: Layout } {
  const rank = context.node.outputs[0]!.shape.length
  const layout = commonLayout(context, names, rank)
  const values = names.map((name) => {
    const logical = context.logical(name)
    if (layout === 'last' || logical.shape.length === 0) return context.input(name)
    if (logical.shape.length === rank) return context.input(name, layout)
    return alignTrailing(context, name, rank, layout)
  })
  return { values, layout }
}

/** The layout to work in along single axes: channels first where the input lies so (or in blocks), else last. */
export function axisLayout(context: LowerContext, name: string): 'first' | 'last' {
  return context.layoutOf(name) === 'last' ? 'last' : 'first'
}

/** A placed result with the layout of its inputs. */
export function placed(value: Value, layout: Layout): Placed {
  return { value, layout }
}

/** The layout that needs the fewest conversions; among equals one that keeps channels first. */
function commonLayout(context: LowerContext, names: readonly string[], rank: number): Layout {
  const output = context.node.outputs[0]!.shape
  const shapes = names.map((name) => context.logical(name).shape)
  // Nothing broadcasts in blocks of channels: onnxruntime takes their bytes for plain channels first, which pixels of other channels lie between.
  const blockable = shapes.every((shape) => shape.length === 0 || sameShape(shape, output))
  const candidates: Layout[] = blockable ? ['blocked', 'first', 'last'] : ['first', 'last']
  const full = names.filter((_, index) => shapes[index]!.length === rank)
  const held = full.map((name) => context.layoutsOf(name))
  const best = { layout: 'last' as Layout, cost: Number.POSITIVE_INFINITY }
  for (const layout of candidates) {
    const cost = held.filter((layouts) => !layouts.includes(layout)).length
    if (cost < best.cost) Object.assign(best, { layout, cost })
  }
  return best.layout
}

/** An input of lower rank, such as a bias [C], as it must look to broadcast in the layout: [C, 1, 1]. */
function alignTrailing(context: LowerContext, name: string, rank: number, layout: Layout): Value {
  const { builder } = context
  const value = context.input(name)
  const padded = [...Array(rank - value.shape.length).fill(1), ...value.shape]
  const full = builder.reshape(value, padded)
  const perm = Array.from({ length: rank }, (_, axis) => axis)
  const moved = [...perm]
  for (const axis of perm) moved[axisIn(layout, axis, rank)] = axis
  // Only channels vary in most cases, so this is a Reshape.
  const shape = moved.map((axis) => padded[axis]!)
  const varying = padded.filter((size) => size !== 1).length
  return varying <= 1 ? builder.reshape(full, shape) : builder.transpose(full, moved)
}

/** Rows of so many numbers are long enough to be computed as one. */
const LONG = 64

/** A tensor is small beside one that is so many times as large. */
const SMALL = 32

/**
 * Two operands of which one has a single number for each short row of the other, as groups of channels have a mean each: where it is small it is spread over the rows before, so that it broadcasts over
 * longer ones. onnxruntime broadcasts row by row.
 */
export function inLongRows(
  builder: OnnxBuilder,
  [a, b]: readonly [Value, Value],
): readonly [Value, Value] {
  return [spread(builder, a, b), spread(builder, b, a)]
}

function spread(builder: OnnxBuilder, small: Value, large: Value): Value {
  if (!isStatic(small.shape) || !isStatic(large.shape)) return small
  const [row, groups] = [large.shape.at(-1)!, large.shape.at(-2)!]
  const isByRow =
    small.shape.length === large.shape.length &&
    small.shape.at(-1) === 1 &&
    small.shape.at(-2) === groups &&
    groups! > 1 &&
    row! > 1 &&
    row! < LONG
  const size = Number(sizeOf(small.shape)) * row!
  if (!isByRow || size * SMALL > Number(sizeOf(large.shape))) return small
  const shape = [...small.shape.slice(0, -1), row!]
  return builder.node('Expand', [small, builder.ints(shape)], {}, { shape, dtype: small.dtype })
}
