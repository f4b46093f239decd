import { isStatic, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

/**
 * Numbers that onnxruntime's ReduceSum may add one after the other: along the last axis it keeps several sums side by side, over others just one. Equal numbers, the
 * worst, then come out right to 1e-6; a million of them to 1e-3.
 */
const MOST_LAST = 1024
const MOST = 128

/** How many are added at a time where there are more. */
const CHUNK = 64

/**
 * The sum over axes, right to 2e-6 of the sum of magnitudes however many numbers there are: long rows are added in chunks, then the sums of these, and so on.
 * Of sizes that vary nobody knows how many there are: there it is a plain ReduceSum.
 */
export function sum(
  builder: OnnxBuilder,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (!isLong(x, axes)) return builder.reduce('ReduceSum', x, axes, keepDims)
  let result = x
  // What makes the least of it comes first, and the last axes before others: along those onnxruntime adds faster.
  const countOf = ([first, end]: Range) => Number(sizeOf(x.shape.slice(first, end)))
  const ranges = neighbours(axes).toReversed()
  for (const [first, end] of ranges.sort((a, b) => countOf(b) - countOf(a))) {
    result = sumNeighbours(builder, result, first, end)
  }
  const shape = x.shape.flatMap((size, axis) =>
    axes.includes(axis) ? (keepDims ? [1] : []) : [size],
  )
  return builder.reshape(result, shape)
}

/** The mean in the same way. */
export function mean(
  builder: OnnxBuilder,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (!isLong(x, axes)) return builder.reduce('ReduceMean', x, axes, keepDims)
  const count = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1)
  return builder.mul(sum(builder, x, axes, keepDims), builder.scalar(1 / count, x.dtype))
}

function isLong({ shape, dtype }: Value, axes: readonly number[]): boolean {
  if (!isStatic(shape) || dtype !== 'float32' || sizeOf(shape) === 0) return false
  return neighbours(axes).some(([first, end]) => {
    const count = Number(sizeOf(shape.slice(first, end)))
    return count > (end === shape.length ? MOST_LAST : MOST)
  })
}

/** Axes side by side: the first, and that behind the last. */
type Range = readonly [first: number, end: number]

/** Axes as ranges, from the first on. */
function neighbours(axes: readonly number[]): Range[] {
  const ranges: [number, number][] = []
  for (const axis of [...axes].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === axis) last[1]++
    else ranges.push([axis, axis + 1])
  }
  return ranges
}

/** Leaves axes of one. */
function sumNeighbours(builder: OnnxBuilder, x: Value, first: number, end: number): Value {
  const shape = x.shape as readonly number[]
  const product = (sizes: readonly number[]) => Number(sizeOf(sizes))
  const [before, after] = [product(shape.slice(0, first)), product(shape.slice(end))]
  let count = product(shape.slice(first, end))
  const reduced = (each: Value, sizes: readonly number[]) =>
    builder.reduce('ReduceSum', builder.reshape(each, sizes), [1], false)
  let rows = x
  while (count > CHUNK) {
    const chunks = Math.ceil(count / CHUNK)
    // Zeros fill the last chunk, where no smaller one divides the count.
    const size = divisor(count, CHUNK, CHUNK / 4) ?? CHUNK
    if (count % size !== 0) {
      rows = padded(builder, builder.reshape(rows, [before, count, after]), chunks * CHUNK - count)
      count = chunks * CHUNK
    }
    count /= size
    rows = reduced(rows, [before * count, size, after])
  }
  const result = reduced(rows, [before, count, after])
  return builder.reshape(
    result,
    shape.map((each, axis) => (axis >= first && axis < end ? 1 : each)),
  )
}

/** The largest number from `most` down to `least` that divides a count. */
export function divisor(count: number, most: number, least: number): number | undefined {
  for (let size = most; size >= least; size--) if (count % size === 0) return size
  return undefined
}

function padded(builder: OnnxBuilder, x: Value, more: number): Value {
  const [before, , after] = x.shape as readonly [number, number, number]
  return builder.concat([x, builder.full(0, [before, more, after])], 1)
}
