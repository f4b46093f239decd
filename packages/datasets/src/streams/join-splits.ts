import {
  areNamed,
  type BatchDtype,
  batchBuffers,
  batchDtypes,
  columnsOf,
  type DatasetInfo,
  type FieldSplit,
  fieldsOf,
  type LabelData,
  type Named,
  type Split,
  selectRows,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

/** Splits one after the other as a stream that reads from each; what lies in memory stays where it is. */
export function joinSplits(splits: readonly Split[], info: DatasetInfo): Split {
  const starts = splits.map((_, at) =>
    splits.slice(0, at).reduce((sum, { length }) => sum + length, 0),
  )
  const length = splits.reduce((sum, split) => sum + split.length, 0)
  const all = splits.map(batchDtypes)
  const dtypes = { inputs: all[0]!.inputs, labels: labelDtypes(all.map(({ labels }) => labels)) }
  const labels = splits.every((split) => split.labels !== undefined)
    ? joinedLabels(
        splits.map((split) => split.labels!),
        dtypes.labels,
        info,
      )
    : undefined
  const weights = splits.some((split) => split.weights !== undefined)
    ? joined(
        splits.map((split) => split.weights ?? new Float32Array(split.length).fill(1)),
        new Float32Array(length),
      )
    : undefined
  return {
    length,
    ...(labels && { labels }),
    ...(weights && { weights }),
    stream: {
      dtypes,
      where(row) {
        const index = starts.findLastIndex((start) => start <= row)
        const own = row - starts[index]!
        return splits[index]!.stream?.where?.(own) ?? `sample ${own} of dataset ${index}`
      },
      async read(rows, into, options) {
        const to = columnsOf({ ...into, length: rows.length }, info)
        await Promise.all(
          splits.map(async (split, index) => {
            const places: number[] = []
            for (const [place, row] of rows.entries()) {
              if (row >= starts[index]! && row < starts[index]! + split.length) places.push(place)
            }
            if (places.length === 0) return
            const own = Uint32Array.from(places, (place) => rows[place]! - starts[index]!)
            const from = columnsOf(await readRows(split, info, own, options), info)
            for (const { feed, data, size } of to) {
              const read = from.find((column) => column.feed === feed)!.data
              for (const [at, place] of places.entries()) {
                data.set(read.subarray(at * size, (at + 1) * size), place * size)
              }
            }
          }),
        )
      },
    },
  }
}

async function readRows(
  split: Split,
  info: DatasetInfo,
  rows: Uint32Array,
  options: Parameters<NonNullable<Split['stream']>['read']>[2],
): Promise<FieldSplit> {
  if (split.stream === undefined) return selectRows(split, info, rows) as FieldSplit
  const into = batchBuffers(split.stream, info, rows.length)
  await split.stream.read(rows, into, options)
  return { ...into, length: rows.length }
}

/** @throws ConfigError for classes in one and numbers in another. */
function labelDtypes(all: readonly Named<BatchDtype>[]): Named<BatchDtype> {
  const [first] = all as [Named<BatchDtype>]
  if (typeof first === 'string') return labelDtype(all as BatchDtype[])
  const names = Object.keys(first)
  return Object.fromEntries(
    names.map((name) => [
      name,
      labelDtype(all.map((each) => (each as Readonly<Record<string, BatchDtype>>)[name]!)),
    ]),
  )
}

function labelDtype(all: readonly BatchDtype[]): BatchDtype {
  const [first] = all as [BatchDtype]
  const areNumbers = first === 'float32'
  if (all.every((each) => (each === 'float32') === areNumbers)) {
    return all.every((each) => each === first) ? first : 'int32'
  }
  throw new ConfigError({
    where: 'mix',
    expected: 'labels must be classes in all datasets, or numbers in all of them',
    given: all,
  })
}

function joinedLabels(
  parts: readonly Named<LabelData>[],
  dtypes: Named<BatchDtype>,
  info: DatasetInfo,
): Named<LabelData> {
  const of = (own: readonly LabelData[], dtype: BatchDtype): LabelData => {
    const length = own.reduce((sum, part) => sum + part.length, 0)
    if (dtype === 'uint8') return joined(own, new Uint8Array(length))
    return joined(own, dtype === 'int32' ? new Int32Array(length) : new Float32Array(length))
  }
  if (typeof dtypes === 'string') return of(parts as readonly LabelData[], dtypes)
  return Object.fromEntries(
    fieldsOf(info).outputs.map(({ name }) => {
      const own = parts.map((part) => (areNamed(part) ? part[name!]! : part))
      return [name!, of(own, dtypes[name!]!)]
    }),
  )
}

function joined<T extends LabelData>(parts: readonly LabelData[], all: T): T {
  let done = 0
  for (const part of parts) {
    all.set(part, done)
    done += part.length
  }
  return all
}
