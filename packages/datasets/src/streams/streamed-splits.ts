import { createHash } from 'node:crypto'
import {
  areNamed,
  type Dataset,
  type DatasetInfo,
  type DatasetSplits,
  fieldsOf,
  type LabelData,
  type LoadDataOptions,
  type Named,
  type Sampler,
  type SampleStream,
  type Split,
  selectRows,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { SplitPlan } from '../splits/plan.ts'
import { infoAsSeen } from '../tables/info-as-seen.ts'
import { dtypesOf } from './batch-fields.ts'
import { cachedDecoded } from './decoded-cache.ts'
import { placelessPlan } from './placeless-plan.ts'
import { ReaderPool } from './pool.ts'
import type { DecodePlan } from './reader.ts'
import type { ReadingOptions } from './record-options.ts'
import { weightedSampler } from './sampling.ts'
import type { Scanned } from './scans/scan.ts'
import { asSeen } from './seen-tables.ts'
import { placeOfRow } from './stores/places.ts'

/** Samples in the shuffle buffer where nobody says how many. */
const BUFFER = 2048

/** Labels that are held in memory. */
export interface HeldLabels {
  /** The output's name; undefined for the only one. */
  readonly name: string | undefined
  /** Of all rows. */
  readonly data: LabelData
  /** Numbers of a row. */
  readonly size: number
}

/** What streamed datasets have in common. */
export interface StreamedParts {
  readonly scanned: Scanned
  readonly decode: DecodePlan
  /** Of all outputs, or of some: the others come with their samples. */
  readonly labels: readonly HeldLabels[]
  /** What those that come with their samples are, by output; float32 where nothing is said. */
  readonly labelDtypes?: ReadonlyMap<string | undefined, 'int32' | 'float32'> | undefined
  /** Of all rows. */
  readonly weights?: Float32Array | undefined
  /** Places of each row that are not padding, where batches are cut to their longest. */
  readonly lengths?: Uint32Array | undefined
  /** A digest of the files that records name, which their scan has not read. */
  named?(): string | undefined
  readonly chosen: ReadingOptions
  /** Rows that are in no split, as they cannot be decoded. */
  readonly broken?: readonly number[] | undefined
  plan(): SplitPlan
  /** What is fitted to these rows of the files alone; left out where nothing is fitted. */
  refit?(rows: Uint32Array): LoadDataOptions
}

/** A dataset whose samples are read by threads. */
export function streamedDataset(info: DatasetInfo, parts: StreamedParts): Dataset {
  return {
    info,
    async load(options = {}) {
      const plan = parts.plan()
      const made = async (how: LoadDataOptions): Promise<DatasetSplits> => {
        const { decode, ...seen } = asSeen(info.name, parts.decode, how)
        const own = infoAsSeen(info, seen)
        return { ...(await streamedSplits(own, { ...parts, decode }, plan)), ...seen }
      }
      return {
        ...(await made(options)),
        ...(parts.refit && {
          refit: (rows: Uint32Array) =>
            made(parts.refit!(Uint32Array.from(rows, (row) => plan.train[row]!))),
        }),
      }
    },
  }
}

/** The splits of a dataset that threads read, with their digest: that of the data, whether it is read decoded or not. */
export async function streamedSplits(
  info: DatasetInfo,
  parts: Omit<StreamedParts, 'plan'>,
  plan: SplitPlan,
): Promise<DatasetSplits> {
  const { scanned, decode, labels, weights, lengths, chosen } = parts
  const { store, chunks, packedBytes, length } = scanned
  const named = parts.named?.()
  const cached = chosen.cache === true ? await cachedDecoded(info, { ...parts, named }) : undefined
  const pool = new ReaderPool(cached ?? { store, decode }, {
    threads: chosen.threads,
    // What is decoded lies by itself, sample by sample.
    ...(cached === undefined && {
      packedBytes,
      ...(chunks && { chunkOf: (row: number) => chunks[row]! }),
    }),
    where: (row) => placeOfRow(store, row),
  })
  const stream: SampleStream = {
    dtypes: dtypesOf(info, parts),
    where: (row) => placeOfRow(store, row),
    ...(chunks && {
      chunks: { of: (row: number) => chunks[row]!, buffer: chosen.buffer ?? BUFFER },
    }),
    async read(rows, into, options) {
      for (const { name, data, size } of labels) {
        const to = areNamed(into.labels) ? into.labels[name!]! : into.labels
        for (const [place, row] of rows.entries()) {
          for (let at = 0; at < size; at++) to[place * size + at] = data[row * size + at]!
        }
      }
      await pool.read(rows, into, options)
    },
  }
  const inMemory = heldLabels(info, labels)
  const whole: Split = {
    ...{ length, stream },
    ...(inMemory && { labels: inMemory }),
    ...(weights && { weights }),
    ...(lengths && { lengths }),
  }
  const take = (rows: Uint32Array): Split => selectRows(whole, info, rows)
  const train = take(plan.train)
  const sampler = samplerOf(info, parts, plan.train, train.stream?.chunks)
  const hash = createHash('sha256').update(
    JSON.stringify([
      info.inputShape,
      info.inputDtype,
      info.labelShape,
      info.classes,
      info.inputs,
      info.outputs,
      placelessPlan(decode),
      scanned.digest,
      ...(named === undefined ? [] : [named]),
    ]),
  )
  if (weights !== undefined) hash.update(weights)
  if (lengths !== undefined) hash.update(lengths)
  for (const { data } of labels) hash.update(data)
  for (const part of [plan.train, plan.validation, plan.test]) {
    hash.update(`${part?.length}\n`).update(part ?? new Uint8Array(0))
  }
  return {
    train: { ...train, ...(sampler && { sampler }) },
    ...(plan.validation && { validation: take(plan.validation) }),
    test: take(plan.test),
    ...(scanned.leftOut && { leftOut: scanned.leftOut }),
    digest: `sha256:${hash.digest('hex')}`,
  }
}

/** All labels, where they are held. */
function heldLabels(
  info: DatasetInfo,
  labels: readonly HeldLabels[],
): Named<LabelData> | undefined {
  const { outputs } = fieldsOf(info)
  if (labels.length < outputs.length) return undefined
  if (outputs[0]!.name === undefined) return labels[0]!.data
  return Object.fromEntries(labels.map(({ name, data }) => [name!, data]))
}

/** @throws ConfigError where there are no classes to be balanced. */
function samplerOf(
  info: DatasetInfo,
  { labels, chosen }: Omit<StreamedParts, 'plan'>,
  rows: Uint32Array,
  chunks: SampleStream['chunks'],
): Sampler | undefined {
  if (chosen.sampling !== 'balanced') return undefined
  const { outputs } = fieldsOf(info)
  const isClass = (name: string | undefined) =>
    (outputs.find((each) => each.name === name)?.classes?.length ?? 0) > 0
  const [held, ...others] = labels.filter(({ name }) => isClass(name))
  if (held !== undefined && others.length === 0) {
    const kinds = Array.from(rows, (row) => held.data[row]!)
    return weightedSampler(kinds, { ...(chunks && { chunks: () => chunks }) })
  }
  throw new ConfigError({
    where: `${info.name}.sampling`,
    expected: 'must be `each`: balanced are samples with one class each',
    given: outputs.map(
      ({ name, classes }) => `${name ?? 'label'}: ${classes?.length ?? 0} classes`,
    ),
  })
}
