import { DataError } from '@ashlar/errors'
import {
  type Batch,
  type BatchOptions,
  batches,
  drawRows,
  emptyLike,
  rowBatches,
  sizeOf,
  takeSamples,
} from './batches.ts'
import type { DatasetInfo } from './dataset.ts'
import type { Named } from './field.ts'
import {
  areNamed,
  columnsOf,
  type FieldInfo,
  feedOf,
  fieldsOf,
  type NamedField,
  splitOf,
  theOnly,
} from './fields.ts'
import type { FieldSamples, Samples, StreamSamples } from './samples.ts'
import type {
  ArraySplit,
  BatchBuffers,
  BatchDtype,
  BatchDtypes,
  FieldSplit,
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
  { stream, info, weights, ...split }: StreamSamples,
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
    let own: FieldSplit | undefined
    for (let next = reading.shift(); next !== undefined; next = reading.shift()) {
      await next.done
      const { rows } = next
      const read = { ...next.buffers, ...(weights && { weights }), length: rows.length }
      // onnxruntime takes no shared memory; and what is copied makes room for another batch at once.
      own ??= copyOf(read, info)
      const batch = fill(own, read, info, rows)
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

/** Memory of one's own for a batch as large as this one. */
function copyOf(read: FieldSplit, info: FieldInfo): FieldSplit {
  const columns = columnsOf(read, info).map((column) => ({
    ...column,
    data: column.role === 'weights' ? new Float32Array(read.length) : column.data.slice(),
  }))
  return splitOf(columns, read.length)
}

/** Takes over what was read, and the weights of its rows. */
function fill(own: FieldSplit, read: FieldSplit, info: FieldInfo, rows: Int32Array): FieldSplit {
  const from = columnsOf(read, info)
  const columns = columnsOf(own, info).map((column, at) => {
    const data = column.data.subarray(0, rows.length * column.size)
    const given = from[at]!.data
    if (column.role === 'weights')
      for (const [place, row] of rows.entries()) data[place] = given[row]!
    else data.set(given.subarray(0, data.length))
    return { ...column, data }
  })
  return splitOf(columns, rows.length)
}

/** Room for a batch that is read. */
export function batchBuffers(
  stream: Pick<SampleStream, 'dtypes'>,
  info: Shapes,
  rows: number,
): BatchBuffers {
  const columns = columnsIn(stream, info).map((column) => {
    const size = sizeOf(column.shape)
    return { ...column, size, data: sharedArray(column.dtype, rows * size) }
  })
  const { inputs, labels } = splitOf(columns, rows)
  return { inputs, labels }
}

function sharedArray(dtype: BatchDtype, length: number): SampleData {
  const shared = (bytes: number) => new SharedArrayBuffer(4 * Math.ceil(bytes / 4))
  if (dtype === 'uint8') return new Uint8Array(shared(length), 0, length)
  const buffer = shared(4 * length)
  return dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer)
}

/** The dtypes of a split's batches. */
export function batchDtypes(split: Split): BatchDtypes {
  if (split.stream !== undefined) return split.stream.dtypes
  const of = (data: Named<SampleData | LabelData>) =>
    areNamed(data)
      ? Object.fromEntries(Object.entries(data).map(([name, own]) => [name, dtypeOf(own)]))
      : dtypeOf(data)
  return { inputs: of(split.inputs), labels: of(split.labels) }
}

/** How the numbers of one field of a batch are stored. */
export interface BatchColumn {
  readonly role: 'inputs' | 'labels' | 'weights'
  readonly name: string | undefined
  /** What the input of a program is called. */
  readonly feed: string
  readonly dtype: BatchDtype
  /** Of one sample. */
  readonly shape: readonly number[]
}

/** What the batches of samples are made of, wherever they are. */
export function batchColumns(samples: Samples): BatchColumn[] {
  const { info } = samples
  if (samples.stream === undefined) {
    return columnsOf(samples, info).map((column) => ({ ...column, dtype: dtypeOf(column.data) }))
  }
  const { weights } = samples
  const weighed: BatchColumn[] = [
    { role: 'weights', name: undefined, feed: 'weights', dtype: 'float32', shape: [] },
  ]
  return [...columnsIn(samples.stream, info), ...(weights === undefined ? [] : weighed)]
}

/** What is read of a sample, field by field. */
function columnsIn({ dtypes }: Pick<SampleStream, 'dtypes'>, info: Shapes): BatchColumn[] {
  const { inputs, outputs } = fieldsOf({ inputDtype: 'float32', inputRange: [0, 1], ...info })
  const of = (
    role: 'inputs' | 'labels',
    fields: readonly NamedField[],
    given: Named<BatchDtype>,
  ): BatchColumn[] =>
    fields.map(({ name, shape }) => ({
      ...{ role, name, feed: feedOf(role, name) },
      dtype: typeof given === 'string' ? given : given[name!]!,
      shape,
    }))
  return [...of('inputs', inputs, dtypes.inputs), ...of('labels', outputs, dtypes.labels)]
}

function dtypeOf(data: SampleData | LabelData): BatchDtype {
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
  const { weights } = samples
  const read = { ...buffers, ...(weights && { weights }), length: rows.length }
  return { ...fill(copyOf(read, info), read, info, Int32Array.from(rows)), info }
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
  const { stream, labels, weights, lengths } = split
  const { chunks } = stream
  return {
    length: chosen.length,
    ...(labels && { labels: takeLabels(labels, chosen, info) }),
    ...(weights && { weights: Float32Array.from(chosen, (row) => weights[row]!) }),
    ...(lengths && { lengths: Uint32Array.from(chosen, (row) => lengths[row]!) }),
    ...(sampler && { sampler }),
    stream: {
      ...stream,
      ...(chunks && { chunks: { ...chunks, of: (row: number) => chunks.of(chosen[row]!) } }),
      ...(stream.where && { where: (row: number) => stream.where!(chosen[row]!) }),
      read: (wanted, into, options) =>
        stream.read(
          wanted.map((row) => chosen[row]!),
          into,
          options,
        ),
    },
  }
}

function takeLabels(
  labels: Named<LabelData>,
  rows: Uint32Array,
  info: FieldInfo,
): Named<LabelData> {
  const taken = (own: LabelData, shape: readonly number[]): LabelData => {
    const size = sizeOf(shape)
    const data = emptyLike(own, rows.length * size)
    drawRows(own, rows, size, data)
    return data
  }
  const { outputs } = fieldsOf(info)
  if (!areNamed(labels)) return taken(labels, info.labelShape)
  return Object.fromEntries(outputs.map(({ name, shape }) => [name!, taken(labels[name!]!, shape)]))
}

/**
 * All labels of samples, by name where they have several: those in memory, or read along with their samples.
 *
 * @param options `places`: those of more than one number too, for whoever holds what a model gives for them, which is more.
 * @throws DataError for labels that are more than one number each and not in memory: they may not fit there.
 */
export async function readLabels(
  samples: Samples,
  options: { readonly places?: boolean } = {},
): Promise<Named<LabelData>> {
  if (samples.labels !== undefined) return samples.labels
  const { info, length, stream } = samples
  const columns = columnsIn(stream!, info).filter(({ role }) => role === 'labels')
  const large = columns.find(({ shape }) => sizeOf(shape) > 1)
  if (large !== undefined && !options.places) {
    throw new DataError({
      where: large.feed,
      expected: 'labels of a stream must be one number each to be looked at all together',
      given: large.shape,
    })
  }
  const all = columns.map((column) => {
    const size = sizeOf(column.shape)
    return { ...column, size, data: sharedArray(column.dtype, length * size) }
  })
  let done = 0
  for await (const batch of readBatches(samples, { batchSize: 256 })) {
    const own = columnsOf(batch, info)
    for (const { feed, data, size } of all) {
      data.set(own.find((each) => each.feed === feed)!.data, done * size)
    }
    done += batch.length
  }
  return splitOf(all, length).labels
}
