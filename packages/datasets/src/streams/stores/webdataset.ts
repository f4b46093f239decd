import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { type Texts, textAt } from '../texts.ts'
import { readWhenAsked } from './read-when-asked.ts'

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
    get: (row) =>
      readWhenAsked(
        plan.fields.flatMap((field, at) => {
          const cell = row * width + at
          const [offset, size] = [plan.offsets[cell]!, plan.sizes[cell]!]
          return offset < 0 ? [] : [[field, () => shards.read(plan.files[row]!, offset, size)]]
        }),
      ),
  }
}

/** Names a sample in errors. */
export function placeInTar(plan: TarPlan, row: number): string {
  return `${plan.paths[plan.files[row]!]}, ${textAt(plan.keys, row)}`
}
