import { createHash } from 'node:crypto'
import { type ArraySplit, type DatasetInfo, type DatasetSplits, takeSamples } from '@ashlar/core'
import type { SplitOptions } from './options.ts'
import { everyIndex, planSplits, type SplitPlan } from './plan.ts'

/** The splits of a dataset whose files hold a training and a test part, by the common options. */
export function buildSplits(
  info: DatasetInfo,
  parts: { readonly train: ArraySplit; readonly test: ArraySplit },
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
export function takePlanned(
  info: DatasetInfo,
  train: ArraySplit,
  test: ArraySplit,
  plan: SplitPlan,
): DatasetSplits {
  return withDigest(info, {
    train: select(train, info, plan.train),
    ...(plan.validation && { validation: select(train, info, plan.validation) }),
    test: select(test, info, plan.test),
  })
}

/** Splits in memory. */
export interface ArraySplits extends DatasetSplits {
  readonly train: ArraySplit
  readonly test: ArraySplit
  readonly validation?: ArraySplit
}

/** Adds the SHA-256 over shapes, dtypes and bytes of all splits. */
export function withDigest(info: DatasetInfo, splits: Omit<ArraySplits, 'digest'>): ArraySplits {
  const hash = createHash('sha256')
  for (const part of ['train', 'validation', 'test'] as const) {
    const split = splits[part]
    if (!split) continue
    const { inputs, labels, length } = split
    const header = [
      part,
      length,
      info.inputDtype,
      info.inputShape,
      dtypeOf(labels),
      info.labelShape,
    ]
    hash
      .update(`${JSON.stringify(header)}\n`)
      .update(bytesOf(inputs))
      .update(bytesOf(labels))
  }
  return { ...splits, digest: `sha256:${hash.digest('hex')}` }
}

/** Without a copy when everything is taken. */
function select(split: ArraySplit, info: DatasetInfo, indices: Uint32Array): ArraySplit {
  const everything = indices.length === split.length && indices.every((index, i) => index === i)
  return everything ? split : takeSamples(split, info, indices)
}

function dtypeOf(data: ArraySplit['labels']): string {
  if (data instanceof Uint8Array) return 'uint8'
  return data instanceof Int32Array ? 'int32' : 'float32'
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
