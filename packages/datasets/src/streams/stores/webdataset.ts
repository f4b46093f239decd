import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { type Texts, textAt } from '../texts.ts'

/** Samples of tar shards: files whose names are the same up to the first dot. */
export interface TarPlan extends StorePlan {
  readonly kind: 'webdataset'
  readonly paths: readonly string[]
  /** The shard of each sample. */
  readonly files: Uint32Array
  /** Names of samples. */
  readonly keys: Texts
  /** The endings that samples have. */
  readonly fields: readonly string[]
  /** `[samples, fields]`; size 0 and offset -1 where a sample has none. */
  readonly offsets: Float64Array
  readonly sizes: Uint32Array
}

/** A sample's files by their endings, read when they are asked for. */
export function openTar(plan: TarPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  const width = plan.fields.length
  return {
    where: (row) => placeInTar(plan, row),
    get(row) {
      const record: Record<string, unknown> = {}
      for (const [at, field] of plan.fields.entries()) {
        const offset = plan.offsets[row * width + at]!
        if (offset < 0) continue
        Object.defineProperty(record, field, {
          enumerable: true,
          get: () => shards.read(plan.files[row]!, offset, plan.sizes[row * width + at]!),
        })
      }
      return record
    },
  }
}

/** Names a sample in errors. */
export function placeInTar(plan: TarPlan, row: number): string {
  return `${plan.paths[plan.files[row]!]}, ${textAt(plan.keys, row)}`
}
