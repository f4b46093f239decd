import { DataError } from '@ashlar/errors'
import {
  type Batch,
  type BatchOptions,
  batches,
  rowBatches,
  sizeOf,
  takeSamples,
} from './batches.ts'
import type { DatasetInfo } from './dataset.ts'
import type { ArraySamples, Samples, StreamSamples } from './samples.ts'
import type { ArraySplit, BatchBuffers, LabelData, SampleStream, Split } from './split.ts'

/** Batches that are read while another is in use. */
const AHEAD = 4

/** A batch, and where it comes from. */
export interface ReadBatch extends Batch {
  /** The samples' rows. */
  readonly rows: Int32Array
}

/** How a pass reads. */
export interface PassOptions extends BatchOptions {
  /** Batches that are read ahead of the one in use; 4 by default. Of samples in memory none is. */
  readonly ahead?: number | undefined
}

type Shapes = Pick<DatasetInfo, 'inputShape' | 'labelShape'>

/**
 * One pass over samples, wherever they are. Streams are read ahead of whoever uses the batches; memory is that of the batches that are read ahead, however many samples there are. A
 * batch is valid until the next one is asked for.
 *
 * @throws ConfigError when `batchSize` is not a positive integer; DataError for what cannot be read.
 */
export function readBatches(
  samples: Samples,
  options: PassOptions,
): AsyncGenerator<ReadBatch, void, undefined> {
  return samples.stream === undefined
    ? drawnBatches(samples, options)
    : streamedBatches(samples, options)
}

async function* drawnBatches(
  samples: ArraySamples,
  options: PassOptions,
): AsyncGenerator<ReadBatch, void, undefined> {
  const rows = rowBatches(samples, options)
  for (const batch of batches(samples, samples.info, options)) {
    yield { ...batch, rows: rows.next().value as Int32Array }
  }
}

async function* streamedBatches(
  { stream, info, ...split }: StreamSamples,
  { ahead = AHEAD, ...options }: PassOptions,
): AsyncGenerator<ReadBatch, void, undefined> {
  const stopped = new AbortController()
  const { signal } = stopped
  const free: BatchBuffers[] = []
  const reading: { rows: Int32Array; buffers: BatchBuffers; done: Promise<void> }[] = []
  const rowsOf = rowBatches({ ...split, stream }, options)
  const readNext = () => {
    const { value: rows, done } = rowsOf.next()
    if (done === true || rows === undefined) return
    const buffers =
      free.pop() ?? batchBuffers(stream, info, Math.min(options.batchSize, rows.length))
    const read = stream.read(unsigned(rows), buffers, { signal })
    // Whoever waits for the batch is told; until then nobody does.
    read.catch(() => undefined)
    reading.push({ rows, buffers, done: read })
  }
  try {
    for (let count = 0; count < Math.max(1, ahead); count++) readNext()
    let own: BatchBuffers | undefined
    for (let next = reading.shift(); next !== undefined; next = reading.shift()) {
      await next.done
      const { rows } = next
      const read = viewsOf(next.buffers, rows.length, info)
      // onnxruntime takes no shared memory; and what is copied makes room for another batch at once.
      own ??= { inputs: read.inputs.slice(), labels: read.labels.slice() }
      const batch = viewsOf(own, rows.length, info)
      batch.inputs.set(read.inputs)
      batch.labels.set(read.labels)
      free.push(next.buffers)
      readNext()
      yield { ...batch, rows }
    }
  } finally {
    stopped.abort()
  }
}

function unsigned({ buffer, byteOffset, length }: Int32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length)
}

/** Room for a batch that is read. */
export function batchBuffers(
  { dtypes }: Pick<SampleStream, 'dtypes'>,
  { inputShape, labelShape }: Shapes,
  rows: number,
): BatchBuffers {
  const shared = (size: number) => new SharedArrayBuffer(4 * Math.ceil(size / 4))
  const [inputs, labels] = [rows * sizeOf(inputShape), rows * sizeOf(labelShape)]
  return {
    inputs:
      dtypes.inputs === 'uint8'
        ? new Uint8Array(shared(inputs), 0, inputs)
        : new Float32Array(shared(4 * inputs)),
    labels:
      dtypes.labels === 'uint8'
        ? new Uint8Array(shared(labels), 0, labels)
        : dtypes.labels === 'int32'
          ? new Int32Array(shared(4 * labels))
          : new Float32Array(shared(4 * labels)),
  }
}

function viewsOf(
  { inputs, labels }: BatchBuffers,
  length: number,
  { inputShape, labelShape }: Shapes,
): Batch {
  return {
    inputs: inputs.subarray(0, length * sizeOf(inputShape)),
    labels: labels.subarray(0, length * sizeOf(labelShape)),
    length,
  }
}

/** The dtypes of a split's batches. */
export function batchDtypes(split: Split): SampleStream['dtypes'] {
  if (split.stream !== undefined) return split.stream.dtypes
  return {
    inputs: split.inputs instanceof Float32Array ? 'float32' : 'uint8',
    labels: dtypeOfLabels(split.labels),
  }
}

function dtypeOfLabels(labels: LabelData): SampleStream['dtypes']['labels'] {
  if (labels instanceof Uint8Array) return 'uint8'
  return labels instanceof Int32Array ? 'int32' : 'float32'
}

/**
 * A split whose samples lie in memory, for whoever knows that they do.
 *
 * @throws DataError for a stream.
 */
export function inMemory<S extends Split>(split: S): S & ArraySplit {
  if (split.stream === undefined) return split as S & ArraySplit
  throw new DataError({
    where: 'samples',
    expected: 'must lie in memory, and these are read when they are needed',
    hint: 'readBatches() goes over them, and readSamples() reads some.',
  })
}

/**
 * A few samples in memory of their own, in the order of `rows`.
 *
 * @throws DataError for what cannot be read.
 */
export async function readSamples(
  samples: Samples,
  rows: ArrayLike<number>,
): Promise<ArraySamples> {
  const { info } = samples
  if (samples.stream === undefined) return { ...takeSamples(samples, info, rows), info }
  const buffers = batchBuffers(samples.stream, info, rows.length)
  await samples.stream.read(Uint32Array.from(rows), buffers)
  const copied = { inputs: buffers.inputs.slice(), labels: buffers.labels.slice() }
  return { ...copied, length: rows.length, info }
}

/** The chosen samples as a split: of its own memory where they lie in memory, else nothing is read yet. */
export function selectSamples(samples: Samples, rows: ArrayLike<number>): Samples {
  const { info } = samples
  return { ...selectRows(samples, info, rows), info }
}

/** See {@link selectSamples}. */
export function selectRows(split: Split, info: Shapes, rows: ArrayLike<number>): Split {
  const chosen = Uint32Array.from(rows)
  const sampler = split.sampler?.select(chosen)
  if (split.stream === undefined) {
    return { ...takeSamples(split, info, rows), ...(sampler && { sampler }) }
  }
  const { stream, labels } = split
  const { chunks } = stream
  const size = sizeOf(info.labelShape)
  return {
    length: chosen.length,
    ...(labels && { labels: takeLabels(labels, chosen, size) }),
    ...(sampler && { sampler }),
    stream: {
      ...stream,
      ...(chunks && { chunks: { ...chunks, of: (row: number) => chunks.of(chosen[row]!) } }),
      read: (wanted, into, options) =>
        stream.read(
          wanted.map((row) => chosen[row]!),
          into,
          options,
        ),
    },
  }
}

function takeLabels(labels: LabelData, rows: Uint32Array, size: number): LabelData {
  const split: ArraySplit = { inputs: new Uint8Array(0), labels, length: labels.length / size }
  return takeSamples(split, { inputShape: [0], labelShape: [size] }, rows).labels
}

/**
 * All labels of samples: those in memory, or read along with their samples.
 *
 * @throws DataError for labels that are more than one number each and not in memory: they may not fit there.
 */
export async function readLabels(samples: Samples): Promise<LabelData> {
  if (samples.labels !== undefined) return samples.labels
  const { info, length, stream } = samples
  if (sizeOf(info.labelShape) > 1) {
    throw new DataError({
      where: 'labels',
      expected: 'labels of a stream must be one number each to be looked at all together',
      given: info.labelShape,
    })
  }
  const all = batchBuffers(stream!, { ...info, inputShape: [0] }, length).labels
  let done = 0
  for await (const { labels } of readBatches(samples, { batchSize: 256 })) {
    all.set(labels, done)
    done += labels.length
  }
  return all
}
