import { createHash } from 'node:crypto'
import {
  type ArraySplit,
  type Column,
  columnsOf,
  type DatasetInfo,
  type DatasetSplits,
  type FieldSplit,
  takeSamples,
} from '@ashlar/core'
import type { SplitOptions } from './options.ts'
import { everyIndex, planSplits, type SplitPlan } from './plan.ts'

/** The splits of a dataset whose files hold a training and a test part, by the common options. */
export function buildSplits<S extends FieldSplit>(
  info: DatasetInfo,
  parts: { readonly train: S; readonly test: S },
  options: SplitOptions,
  seed: number,
): DatasetSplits {
  const { train, test } = parts
  const plan = planSplits(
    info.name,
    everyIndex(train.length),
    everyIndex(test.length),
    options,
    seed,
  )
  return takePlanned(info, train, test, plan)
}

/** The samples that a plan names, with their digest. `plan.test` counts in `test`, the others in `train`. */
export function takePlanned<S extends FieldSplit>(
  info: DatasetInfo,
  train: S,
  test: S,
  plan: SplitPlan,
): MemorySplits<S> {
  return withDigest<S>(info, {
    train: select(train, info, plan.train),
    ...(plan.validation && { validation: select(train, info, plan.validation) }),
    test: select(test, info, plan.test),
  })
}

/** Splits in memory. */
export interface MemorySplits<S extends FieldSplit> extends DatasetSplits {
  readonly train: S
  readonly test: S
  readonly validation?: S
}

/** Splits in memory of one input and one label without names. */
export type ArraySplits = MemorySplits<ArraySplit>

/** Adds the SHA-256 over shapes, dtypes and bytes of all splits. */
export function withDigest<S extends FieldSplit>(
  info: DatasetInfo,
  splits: Omit<MemorySplits<S>, 'digest'>,
): MemorySplits<S> {
  const hash = createHash('sha256')
  for (const part of ['train', 'validation', 'test'] as const) {
    const split = splits[part]
    if (!split) continue
    const columns = columnsOf(split, info)
    const [inputs, labels] = columns
    const isPlain = columns.length === 2 && inputs?.name === undefined && labels?.name === undefined
    const header = isPlain
      ? [
          part,
          split.length,
          info.inputDtype,
          info.inputShape,
          dtypeOf(labels!.data),
          info.labelShape,
        ]
      : [part, split.length, columns.map(({ feed, data, shape }) => [feed, dtypeOf(data), shape])]
    hash.update(`${JSON.stringify(header)}\n`)
    for (const { data } of columns) hash.update(bytesOf(data))
  }
  return { ...splits, digest: `sha256:${hash.digest('hex')}` }
}

/** Without a copy when everything is taken. */
function select<S extends FieldSplit>(split: S, info: DatasetInfo, indices: Uint32Array): S {
  const everything = indices.length === split.length && indices.every((index, i) => index === i)
  return everything ? split : (takeSamples(split, info, indices) as FieldSplit as S)
}

function dtypeOf(data: Column['data']): string {
  if (data instanceof Uint8Array) return 'uint8'
  return data instanceof Int32Array ? 'int32' : 'float32'
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
