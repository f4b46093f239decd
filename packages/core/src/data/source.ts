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
import type { Named } from './field.ts'
import { columnsOf, type FieldInfo, theOnly } from './fields.ts'
import type { FieldSamples, Samples, StreamSamples } from './samples.ts'
import type {
  ArraySplit,
  BatchBuffers,
  LabelData,
  SampleData,
  SampleStream,
  Split,
} from './split.ts'

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

type Shapes = Pick<DatasetInfo, 'inputShape' | 'labelShape'> & Partial<FieldInfo>

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
  samples: FieldSamples,
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
): BatchBuffers & { readonly length: number } {
  return {
    inputs: inputs.subarray(0, length * sizeOf(inputShape)),
    labels: labels.subarray(0, length * sizeOf(labelShape)),
    length,
  }
}

/** The dtypes of a split's batches. */
export function batchDtypes(split: Split): SampleStream['dtypes'] {
  if (split.stream !== undefined) return split.stream.dtypes
  const { inputs, labels } = inMemory(split)
  return {
    inputs: inputs instanceof Float32Array ? 'float32' : 'uint8',
    labels: dtypeOf(labels),
  }
}

/** How the numbers of one field of a batch are stored. */
export interface BatchColumn {
  readonly role: 'inputs' | 'labels' | 'weights'
  readonly name: string | undefined
  /** What the input of a program is called. */
  readonly feed: string
  readonly dtype: 'uint8' | 'int32' | 'float32'
  /** Of one sample. */
  readonly shape: readonly number[]
}

/** What the batches of samples are made of, wherever they are. */
export function batchColumns(samples: Samples): BatchColumn[] {
  const { info } = samples
  if (samples.stream === undefined) {
    return columnsOf(samples, info).map((column) => ({ ...column, dtype: dtypeOf(column.data) }))
  }
  const { dtypes } = samples.stream
  const of = (role: 'inputs' | 'labels', shape: readonly number[]): BatchColumn => ({
    ...{ role, name: undefined, feed: role, dtype: dtypes[role], shape },
  })
  return [of('inputs', info.inputShape), of('labels', info.labelShape)]
}

function dtypeOf(data: SampleData | LabelData): 'uint8' | 'int32' | 'float32' {
  if (data instanceof Uint8Array) return 'uint8'
  return data instanceof Int32Array ? 'int32' : 'float32'
}

/**
 * A split whose samples lie in memory and have no names, for whoever knows that it is so.
 *
 * @throws DataError for a stream.
 * @throws ConfigError for fields by name.
 */
export function inMemory<S extends Split>(split: S): S & ArraySplit {
  if (split.stream === undefined) {
    theOnly('samples', split.inputs as Named<SampleData>)
    theOnly('samples', split.labels as Named<LabelData>)
    return split as S & ArraySplit
  }
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
): Promise<FieldSamples> {
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
export function selectRows(split: Split, info: FieldInfo, rows: ArrayLike<number>): Split {
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
  const info: FieldInfo = {
    ...{ inputShape: [0], labelShape: [size], inputDtype: 'uint8', inputRange: [0, 255] },
  }
  return takeSamples(split, info, rows).labels
}

/**
 * All labels of samples, by name where they have several: those in memory, or read along with their samples.
 *
 * @throws DataError for labels that are more than one number each and not in memory: they may not fit there.
 */
export async function readLabels(samples: Samples): Promise<Named<LabelData>> {
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
    const own = theOnly('labels', labels)
    all.set(own, done)
    done += own.length
  }
  return all
}
