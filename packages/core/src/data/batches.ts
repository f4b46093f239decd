import { ConfigError } from '@ashlar/errors'
import type { DatasetInfo, LabelData, SampleData, Split } from './dataset.ts'
import { shuffledIndices } from './shuffle.ts'

/** Samples that go through the model together, as views of buffers that the next batch overwrites. */
export interface Batch {
  /** `[length, ...inputShape]`. */
  readonly inputs: SampleData
  /** `[length, ...labelShape]`. */
  readonly labels: LabelData
  /** Number of samples; only the last batch may have fewer than `batchSize`. */
  readonly length: number
}

/** How a split is cut into batches. */
export interface BatchOptions {
  readonly batchSize: number
  /** A new order for each epoch that depends on nothing but these two numbers; left out: the order of the split. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number } | undefined
  /** Number of batches to leave out at the start, to go on within an epoch; 0 by default. */
  readonly skip?: number | undefined
}

/** Number of batches in one pass over a split, the last and smaller one included. */
export function batchCount(split: Split, batchSize: number): number {
  return Math.ceil(split.length / batchSize)
}

/**
 * One pass over a split. A batch is valid until the next one is asked for: copy what must live longer.
 *
 * @throws ConfigError when `batchSize` is not a positive integer.
 * @example for (const batch of batches(train, info, { batchSize: 64, shuffle: { seed, epoch } })) step(batch)
 */
export function* batches(
  split: Split,
  info: Pick<DatasetInfo, 'inputShape' | 'labelShape'>,
  { batchSize, shuffle, skip = 0 }: BatchOptions,
): Generator<Batch, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ConfigError({
      where: 'batches',
      expected: '`batchSize` must be a positive integer',
      given: batchSize,
    })
  }
  const order =
    shuffle && shuffledIndices(split.length, shuffle.seed, `epoch ${shuffle.epoch} order`)
  const inputSize = sizeOf(info.inputShape)
  const labelSize = sizeOf(info.labelShape)
  const capacity = Math.min(batchSize, split.length)
  const inputs = emptyLike(split.inputs, capacity * inputSize)
  const labels = emptyLike(split.labels, capacity * labelSize)
  for (let start = skip * batchSize; start < split.length; start += batchSize) {
    const length = Math.min(batchSize, split.length - start)
    for (let row = 0; row < length; row++) {
      const sample = order ? order[start + row]! : start + row
      copyRow(split.inputs, sample, inputs, row, inputSize)
      copyRow(split.labels, sample, labels, row, labelSize)
    }
    yield {
      inputs: inputs.subarray(0, length * inputSize),
      labels: labels.subarray(0, length * labelSize),
      length,
    }
  }
}

/**
 * The chosen samples of a split, in the order of `indices`, as a split of its own memory.
 *
 * @param indices each within the split; a sample may be taken more than once.
 */
export function takeSamples(
  split: Split,
  info: Pick<DatasetInfo, 'inputShape' | 'labelShape'>,
  indices: ArrayLike<number>,
): Split {
  const inputSize = sizeOf(info.inputShape)
  const labelSize = sizeOf(info.labelShape)
  const inputs = emptyLike(split.inputs, indices.length * inputSize)
  const labels = emptyLike(split.labels, indices.length * labelSize)
  for (let row = 0; row < indices.length; row++) {
    copyRow(split.inputs, indices[row]!, inputs, row, inputSize)
    copyRow(split.labels, indices[row]!, labels, row, labelSize)
  }
  return { inputs, labels, length: indices.length }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1)
}

function emptyLike<T extends SampleData | LabelData>(data: T, length: number): T {
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
