import {
  type ArraySplit,
  batchBuffers,
  batchDtypes,
  type DatasetInfo,
  type LabelData,
  type Split,
  selectRows,
  sizeOfShape,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

/** Splits one after the other as a stream that reads from each; what lies in memory stays where it is. */
export function joinSplits(splits: readonly Split[], info: DatasetInfo): Split {
  const starts = splits.map((_, at) =>
    splits.slice(0, at).reduce((sum, { length }) => sum + length, 0),
  )
  const length = splits.reduce((sum, split) => sum + split.length, 0)
  const dtypes = dtypesOf(splits)
  const [inputSize, labelSize] = [sizeOfShape(info.inputShape), sizeOfShape(info.labelShape)]
  const labels = splits.every((split) => split.labels !== undefined)
    ? joined(
        splits.map((split) => split.labels as LabelData),
        dtypes.labels,
      )
    : undefined
  return {
    length,
    ...(labels && { labels }),
    stream: {
      dtypes,
      async read(rows, into, options) {
        await Promise.all(
          splits.map(async (split, index) => {
            const places: number[] = []
            for (const [place, row] of rows.entries()) {
              if (row >= starts[index]! && row < starts[index]! + split.length) places.push(place)
            }
            if (places.length === 0) return
            const own = Uint32Array.from(places, (place) => rows[place]! - starts[index]!)
            const read = await readRows(split, info, own, options)
            for (const [at, place] of places.entries()) {
              into.inputs.set(
                read.inputs.subarray(at * inputSize, (at + 1) * inputSize),
                place * inputSize,
              )
              into.labels.set(
                read.labels.subarray(at * labelSize, (at + 1) * labelSize),
                place * labelSize,
              )
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
): Promise<Pick<ArraySplit, 'inputs' | 'labels'>> {
  if (split.stream === undefined) return selectRows(split, info, rows) as ArraySplit
  const into = batchBuffers(split.stream, info, rows.length)
  await split.stream.read(rows, into, options)
  return into
}

function dtypesOf(splits: readonly Split[]): ReturnType<typeof batchDtypes> {
  const all = splits.map(batchDtypes)
  const [first] = all as [ReturnType<typeof batchDtypes>]
  const areNumbers = all.some(({ labels }) => labels === 'float32')
  if (all.every(({ labels }) => (labels === 'float32') === areNumbers)) {
    const labels = all.every((each) => each.labels === first.labels) ? first.labels : 'int32'
    return { inputs: first.inputs, labels }
  }
  throw new ConfigError({
    where: 'mix',
    expected: 'labels must be classes in all datasets, or numbers in all of them',
    given: all.map(({ labels }) => labels),
  })
}

function joined(parts: readonly LabelData[], dtype: 'uint8' | 'int32' | 'float32'): LabelData {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const all =
    dtype === 'uint8'
      ? new Uint8Array(length)
      : dtype === 'int32'
        ? new Int32Array(length)
        : new Float32Array(length)
  let done = 0
  for (const part of parts) {
    all.set(part, done)
    done += part.length
  }
  return all
}
