import { createHash } from 'node:crypto'
import {
  batchDtypes,
  type Dataset,
  type DatasetInfo,
  type DatasetSplits,
  type LabelData,
  type SampleStream,
  type Split,
  selectRows,
  sizeOfShape,
} from '@ashlar/core'
import type { SplitPlan } from '../splits/plan.ts'
import { ReaderPool } from './pool.ts'
import type { DecodePlan } from './reader.ts'
import type { ReadingOptions } from './record-options.ts'
import { weightedSampler } from './sampling.ts'
import type { Scanned } from './scans/scan.ts'
import { placeOfRow } from './stores/places.ts'

/** What streamed datasets have in common. */
export interface StreamedParts {
  readonly scanned: Scanned
  readonly decode: DecodePlan
  /** Of all rows; undefined where they come with their samples. */
  readonly labels: LabelData | undefined
  readonly chosen: ReadingOptions
  plan(): SplitPlan
}

/** A dataset whose samples are read by threads. */
export function streamedDataset(info: DatasetInfo, parts: StreamedParts): Dataset {
  return {
    info,
    async load() {
      return streamedSplits(info, parts, parts.plan())
    },
  }
}

/** The splits of a dataset that threads read, with their digest. */
export function streamedSplits(
  info: DatasetInfo,
  { scanned, decode, labels, chosen }: Omit<StreamedParts, 'plan'>,
  plan: SplitPlan,
): DatasetSplits {
  const { store, chunks, length } = scanned
  const pool = new ReaderPool(
    { store, decode },
    {
      threads: chosen.threads,
      ...(chunks && { chunkOf: (row: number) => chunks[row]! }),
      where: (row) => placeOfRow(store, row),
    },
  )
  const size = sizeOfShape(info.labelShape)
  const stream: SampleStream = {
    dtypes: {
      inputs: info.inputDtype,
      labels:
        labels === undefined
          ? 'int32'
          : batchDtypes({ inputs: new Uint8Array(0), labels, length }).labels,
    },
    ...(chunks && { chunks: { of: (row: number) => chunks[row]!, buffer: chosen.buffer ?? 2048 } }),
    async read(rows, into, options) {
      if (labels !== undefined) {
        for (const [place, row] of rows.entries()) {
          for (let at = 0; at < size; at++)
            into.labels[place * size + at] = labels[row * size + at]!
        }
      }
      await pool.read(rows, into, options)
    },
  }
  const whole: Split = { length, stream, ...(labels && { labels }) }
  const take = (rows: Uint32Array): Split => selectRows(whole, info, rows)
  const train = take(plan.train)
  const sampler =
    chosen.sampling === 'balanced' && train.labels !== undefined
      ? weightedSampler(train.labels as LabelData)
      : undefined
  const hash = createHash('sha256').update(
    JSON.stringify([
      info.inputShape,
      info.inputDtype,
      info.labelShape,
      info.classes,
      withoutPaths(decode),
      scanned.digest,
    ]),
  )
  for (const part of [plan.train, plan.validation, plan.test]) {
    hash.update(`${part?.length}\n`).update(part ?? new Uint8Array(0))
  }
  return {
    train: { ...train, ...(sampler && { sampler }) },
    ...(plan.validation && { validation: take(plan.validation) }),
    test: take(plan.test),
    digest: `sha256:${hash.digest('hex')}`,
  }
}

/** The same data is the same wherever it lies; what a tokenizer says is in the digest of the scan. */
function withoutPaths(decode: DecodePlan): object {
  return { ...decode, folder: undefined, tokenizer: undefined }
}
