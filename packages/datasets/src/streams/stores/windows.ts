import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { rowInFile } from './located.ts'

/** Stretches of files of tokens. */
export interface WindowsPlan extends StorePlan {
  readonly kind: 'windows'
  readonly paths: readonly string[]
  /** What the files are called in errors. */
  readonly names: readonly string[]
  readonly files: Uint32Array
  /** Bytes of a token: 1, or 4 for those of a tokenizer. */
  readonly bytes: 1 | 4
  /** Tokens of a sample, without the one that follows. */
  readonly length: number
  /** Tokens from one sample to the next. */
  readonly stride: number
}

/** Reads `length + 1` tokens at a time. */
export function openWindows(plan: WindowsPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  const startOf = (row: number) => (rowInFile(plan, row) - 1) * plan.stride
  return {
    where: (row) => `${plan.names[plan.files[row]!]}, token ${startOf(row)}`,
    get(row) {
      const size = (plan.length + 1) * plan.bytes
      const read = shards.read(plan.files[row]!, startOf(row) * plan.bytes, size)
      if (plan.bytes === 1) return read
      return Uint32Array.from({ length: plan.length + 1 }, (_, at) => read.readUInt32LE(4 * at))
    },
  }
}
