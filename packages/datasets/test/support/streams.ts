import {
  type Dataset,
  type DatasetSplits,
  type LabelData,
  type Named,
  readBatches,
  readSamples,
  type SampleData,
  type Split,
} from '@ashlar/core'

/** The numbers of some samples as lists. */
export interface Listed {
  readonly inputs: unknown
  readonly labels: unknown
  readonly weights?: number[]
}

/** All samples of a split in its order. */
export async function listed(split: Split, { info }: Dataset): Promise<Listed> {
  const rows = Uint32Array.from({ length: split.length }, (_, row) => row)
  const { inputs, labels, weights } = await readSamples({ ...split, info }, rows)
  return {
    inputs: asLists(inputs),
    labels: asLists(labels),
    ...(weights && { weights: [...weights] }),
  }
}

/** What an epoch of training gives, batch after batch. */
export async function epochOf(split: Split, { info }: Dataset, seed = 4): Promise<Listed[]> {
  const found: Listed[] = []
  const options = { batchSize: 3, shuffle: { seed, epoch: 1 } }
  for await (const { inputs, labels } of readBatches({ ...split, info }, options)) {
    found.push({ inputs: asLists(inputs), labels: asLists(labels) })
  }
  return found
}

/** The parts of a dataset that are there. */
export function partsOf({ train, validation, test }: DatasetSplits): Split[] {
  return validation === undefined ? [train, test] : [train, validation, test]
}

function asLists(data: Named<SampleData | LabelData>): unknown {
  if (ArrayBuffer.isView(data)) return [...(data as SampleData)]
  return Object.fromEntries(Object.entries(data).map(([name, own]) => [name, [...own]]))
}
