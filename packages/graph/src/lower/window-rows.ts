import { constant, type Dim, sizeOf, staticShape, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import type { Layout } from './layout.ts'
import type { Window } from './window.ts'

/** Below every number that an image can hold, for pixels that a maximum must pass over. */
export const LOWEST: number = -3.4028234663852886e38

/**
 * An image as rows of neighbouring channels, [images, pixels, width], which Gather moves at full speed. Channels last, a row is all channels
 * of a pixel; in the blocked layout it is one block, and an image counts once per block.
 */
export interface Rows {
  readonly value: Value
  readonly space: readonly number[]
  readonly layout: Layout
}

/** Views a tensor as rows; its layout must be `last` or `blocked`. */
export function rowsOf(builder: OnnxBuilder, x: Value, layout: Layout, block: number): Rows {
  const { shape } = x
  const where = builder.scope || 'windows over an image'
  const space = staticShape(layout === 'last' ? shape.slice(1, -1) : shape.slice(2), where)
  const pixels = Number(sizeOf(space))
  const value =
    layout === 'last'
      ? builder.reshape(x, [shape[0]!, pixels, shape.at(-1)!])
      : builder.reshape(x, [Number(sizeOf(shape.slice(0, 2))) / block, pixels, block])
  return { value, space, layout }
}

/** What each window sees, one tensor [images, windows, width] per tap; outside of the image stands `fill`. */
export function windowTaps(
  builder: OnnxBuilder,
  rows: Rows,
  window: Window,
  fill: number,
): Value[] {
  const pixels = Number(sizeOf(rows.space))
  const taps = positions(window.kernel)
  const indices = taps.flatMap((tap) =>
    positions(window.output).map((position) => rowAt(position, tap, window) ?? pixels),
  )
  const source = indices.includes(pixels)
    ? builder.concat([rows.value, fillRow(builder, rows.value, fill)], 1)
    : rows.value
  // One Gather and a Split are quicker than a Gather for each tap.
  const all = builder.gather(source, indexList(builder, indices), 1)
  const [images, , width] = rows.value.shape as readonly [Dim, number, number]
  const spec = { shape: [images, Number(sizeOf(window.output)), width], dtype: all.dtype }
  return taps.length === 1
    ? [all]
    : builder.nodes(
        'Split',
        [all],
        { axis: 1 },
        taps.map(() => spec),
      )
}

/**
 * The reverse: sums the windows' values back into the pixels that they came from. `parts` holds one [images, windows, width] per tap.
 */
export function spreadRows(
  builder: OnnxBuilder,
  parts: readonly Value[],
  rows: Rows,
  window: Window,
  shape: readonly Dim[],
): Value {
  const windows = Number(sizeOf(window.output))
  const pixels = Number(sizeOf(rows.space))
  const sources: number[][] = Array.from({ length: pixels }, () => [])
  for (const [index, tap] of positions(window.kernel).entries()) {
    for (const [at, position] of positions(window.output).entries()) {
      const row = rowAt(position, tap, window)
      if (row !== undefined) sources[row]!.push(index * windows + at)
    }
  }
  // Pixels of a large image are more than a call can have arguments.
  const deepest = sources.reduce((most, { length }) => Math.max(most, length), 1)
  const nothing = parts.length * windows
  const columns = Array.from({ length: deepest }, (_, depth) =>
    sources.map((each) => each[depth] ?? nothing),
  )
  const hasGaps = columns.some((column) => column.includes(nothing))
  const all = builder.concat(hasGaps ? [...parts, fillRow(builder, parts[0]!, 0)] : parts, 1)
  const sum = columns
    .map((column) => builder.gather(all, indexList(builder, column), 1))
    .reduce((total, each) => builder.add(total, each))
  const channelsFirst = [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)]
  return builder.reshape(sum, rows.layout === 'last' ? shape : channelsFirst)
}

/** The pixel that a tap of a window reads; undefined outside of the image. */
export function rowAt(
  position: readonly number[],
  tap: readonly number[],
  window: Window,
): number | undefined {
  let row = 0
  for (const [axis, size] of window.input.entries()) {
    const reach = tap[axis]! * window.dilations[axis]!
    const at = position[axis]! * window.strides[axis]! - window.before[axis]! + reach
    if (at < 0 || at >= size) return undefined
    row = row * size + at
  }
  return row
}

/** A row of one number below all images. */
export function fillRow(builder: OnnxBuilder, rows: Value, fill: number): Value {
  const [images, , width] = rows.shape as readonly [Dim, number, number]
  return builder.full(fill, [images, 1, width])
}

/** Numbers of rows; equal lists of one type are one value. */
export function indexList(
  builder: OnnxBuilder,
  indices: readonly number[],
  dtype: 'int32' | 'int64' = 'int64',
): Value {
  return builder.shared(`rows ${dtype} ${indices.join()}`, () =>
    dtype === 'int64'
      ? constant(BigInt64Array.from(indices, BigInt), [indices.length], dtype)
      : constant(Int32Array.from(indices), [indices.length], dtype),
  )
}
