import { type DType, isStatic, type Shape, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'

/**
 * Sums of rows on zeros; `places` has one for each row.
 *
 * ScatterND is not for this: onnxruntime lets several threads add at once, and loses what two of them add to the same place.
 */
export function added(
  builder: OnnxBuilder,
  shape: Shape,
  dtype: DType,
  places: Value,
  updates: Value,
): Value {
  const [count, ...row] = updates.shape
  if (isLong(updates.shape, shape)) return addedFlat(builder, shape, dtype, places, updates)
  const list = places.dtype === 'int32' ? places : builder.cast(places, 'int64')
  const column = builder.reshape(list, [count!, ...row.map(() => 1)])
  const spec = { shape: updates.shape, dtype: list.dtype }
  const everywhere =
    row.length === 0
      ? column
      : builder.node('Expand', [column, builder.shape(updates.shape)], {}, spec)
  const inputs = [builder.full(0, shape, dtype), everywhere, updates]
  return builder.node('ScatterElements', inputs, { axis: 0, reduction: 'add' }, { shape, dtype })
}

/** Updates of so many numbers are added one by one: onnxruntime takes three quarters of the time for a list that it does for rows, and computing the places costs little of that. */
const LONG = 2 ** 15

function isLong(updates: Shape, sums: Shape): boolean {
  const isFixed = isStatic(updates) && isStatic(sums)
  return (
    isFixed &&
    updates.length === 2 &&
    Number(sizeOf(updates)) >= LONG &&
    Number(sizeOf(sums)) < 2 ** 31
  )
}

/** The same by the place of each number in a list of all. */
function addedFlat(
  builder: OnnxBuilder,
  shape: Shape,
  dtype: DType,
  places: Value,
  updates: Value,
): Value {
  const [count, width] = updates.shape as readonly [number, number]
  const type = places.dtype === 'int32' ? 'int32' : 'int64'
  const rows = builder.reshape(builder.cast(places, type), [count, 1])
  const numbered = Array.from({ length: width }, (_, at) => at)
  const columns = builder.tensor(numbered, [width], type)
  const flat = builder.add(builder.mul(rows, builder.scalar(width, type)), columns)
  const zeros = builder.full(0, [Number(sizeOf(shape))], dtype)
  const [at, numbers] = [flat, updates].map((each) => builder.reshape(each, [count * width]))
  const attrs = { axis: 0, reduction: 'add' }
  const sums = builder.node('ScatterElements', [zeros, at!, numbers!], attrs, zeros)
  return builder.reshape(sums, shape)
}

/** Tables of more rows, or of narrower ones, are added number by number as quickly. */
const [MOST_ROWS, LEAST_WIDTH] = [96, 32]

/** Whether sums of rows are quicker as a product: of long updates to a small table of wide rows, as of an embedding of characters. */
export function isWorthProduct(updates: Shape, sums: Shape): boolean {
  const [rows, width] = sums
  return isLong(updates, sums) && Number(rows) <= MOST_ROWS && Number(width) >= LEAST_WIDTH
}

/**
 * Sums of rows as a matrix product: each row of the table takes those whose place is its own, times one, and all others times zero. What lies outside is left out. An infinite number, or
 * NaN, gets into the other rows of its column.
 */
export function addedByProduct(
  builder: OnnxBuilder,
  shape: Shape,
  places: Value,
  updates: Value,
): Value {
  const [rows, count] = [Number(shape[0]), updates.shape[0]!]
  const type = places.dtype === 'int32' ? 'int32' : 'int64'
  const numbered = Array.from({ length: rows }, (_, row) => row)
  const own = builder.tensor(numbered, [rows, 1], type)
  const each = builder.reshape(builder.cast(places, type), [1, count])
  const chosen = builder.cast(builder.binary('Equal', own, each, 'bool'), 'float32')
  return builder.matMul(chosen, updates)
}
