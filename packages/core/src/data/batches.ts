import { ConfigError } from '@ashlar/errors'
import type { Named } from './field.ts'
import { type Column, columnsOf, type FieldInfo, splitOf } from './fields.ts'
import { epochLength, type Ordered, passRows, type ShuffleOptions } from './order.ts'
import type { ArraySplit, FieldSplit, LabelData, SampleData } from './split.ts'

/** Samples that go through the model together, as views: of the split where they lie side by side, else of buffers that the next batch overwrites. */
export interface Batch {
  /** `[length, ...inputShape]`, by name where there are several. */
  readonly inputs: Named<SampleData>
  /** `[length, ...labelShape]`, by name where there are several. */
  readonly labels: Named<LabelData>
  /** `[length]`, where samples have weights. */
  readonly weights?: Float32Array | undefined
  /** Number of samples; only the last batch may have fewer than `batchSize`. */
  readonly length: number
}

/** How a split is cut into batches. */
export interface BatchOptions {
  readonly batchSize: number
  /** A new order for each epoch that depends on nothing but these two numbers; left out: the order of the split. */
  readonly shuffle?: ShuffleOptions | undefined
  /** Number of batches to leave out at the start, to go on within an epoch; 0 by default. */
  readonly skip?: number | undefined
}

/** Number of batches in one epoch of training on a split, the last and smaller one included. */
export function batchCount(split: Ordered, batchSize: number): number {
  return Math.ceil(epochLength(split) / batchSize)
}

/**
 * One pass over a split in memory; `readBatches` goes over any. A batch is valid until the next one is asked for: copy what must live longer.
 *
 * @throws ConfigError when `batchSize` is not a positive integer.
 * @example for (const batch of batches(train, info, { batchSize: 64, shuffle: { seed, epoch } })) step(batch)
 */
export function* batches(
  split: FieldSplit,
  info: FieldInfo,
  { batchSize, shuffle, skip = 0 }: BatchOptions,
): Generator<Batch, void, undefined> {
  checkBatchSize(batchSize)
  const columns = columnsOf(split, info)
  const batchOf = (length: number, take: (column: Column) => SampleData | LabelData): Batch =>
    splitOf(
      columns.map((column) => ({ ...column, data: take(column) })),
      length,
    )
  if (shuffle === undefined) {
    for (let start = skip * batchSize; start < split.length; start += batchSize) {
      const end = Math.min(start + batchSize, split.length)
      yield batchOf(end - start, ({ data, size }) => stretchOf(data, start * size, end * size))
    }
    return
  }
  const capacity = Math.min(batchSize, epochLength(split))
  const buffers = new Map(
    columns.map(({ feed, data, size }) => [feed, emptyLike(data, capacity * size)]),
  )
  for (const rows of rowBatches(split, { batchSize, shuffle, skip })) {
    yield batchOf(rows.length, ({ feed, data, size }) => {
      const buffer = buffers.get(feed)!
      drawRows(data, rows, size, buffer)
      return buffer.subarray(0, rows.length * size)
    })
  }
}

/**
 * The same as the numbers of the samples, for whoever draws them by index: views of one array for the whole pass.
 *
 * @throws ConfigError when `batchSize` is not a positive integer.
 */
export function* rowBatches(
  split: Ordered,
  { batchSize, shuffle, skip = 0 }: BatchOptions,
): Generator<Int32Array, void, undefined> {
  checkBatchSize(batchSize)
  const { buffer, byteOffset, length } = passRows(split, shuffle)
  const rows = new Int32Array(buffer, byteOffset, length)
  for (let start = skip * batchSize; start < length; start += batchSize) {
    yield rows.subarray(start, start + batchSize)
  }
}

/** Copies rows of an array, one after the other, to the start of another. */
export function drawRows<T extends SampleData | LabelData>(
  from: T,
  rows: ArrayLike<number>,
  size: number,
  to: T,
): void {
  for (let row = 0; row < rows.length; row++) copyRow(from, rows[row]!, to, row, size)
}

/**
 * The chosen samples of a split, in the order of `indices`, as a split of its own memory.
 *
 * @param indices each within the split; a sample may be taken more than once.
 */
export function takeSamples<S extends FieldSplit>(
  split: S,
  info: FieldInfo,
  indices: ArrayLike<number>,
): S extends ArraySplit ? ArraySplit : FieldSplit {
  const columns = columnsOf(split, info).map((column) => {
    const data = emptyLike(column.data, indices.length * column.size)
    drawRows(column.data, indices, column.size, data)
    return { ...column, data }
  })
  const { lengths } = split
  const taken = {
    ...splitOf(columns, indices.length),
    ...(lengths && { lengths: Uint32Array.from(indices, (row) => lengths[row]!) }),
  }
  return taken as S extends ArraySplit ? ArraySplit : FieldSplit
}

function checkBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize > 0) return
  throw new ConfigError({
    where: 'batches',
    expected: '`batchSize` must be a positive integer',
    given: batchSize,
  })
}

function stretchOf<T extends SampleData | LabelData>(data: T, start: number, end: number): T {
  // A Buffer's own views are Buffers.
  if (data instanceof Uint8Array) {
    return new Uint8Array(data.buffer, data.byteOffset + start, end - start) as T
  }
  return data.subarray(start, end) as T
}

/** How many numbers a tensor of that shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1)
}

/** An array of the same sort, of zeros. */
export function emptyLike<T extends SampleData | LabelData>(data: T, length: number): T {
  // A Buffer is a Uint8Array whose constructor must not be called.
  if (data instanceof Uint8Array) return new Uint8Array(length) as T
  if (data instanceof Int32Array) return new Int32Array(length) as T
  return new Float32Array(length) as T
}

function copyRow<T extends SampleData | LabelData>(
  from: T,
  fromRow: number,
  to: T,
  toRow: number,
  size: number,
): void {
  if (size === 1) to[toRow] = from[fromRow]!
  else to.set(from.subarray(fromRow * size, (fromRow + 1) * size), toRow * size)
}
