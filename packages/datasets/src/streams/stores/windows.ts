import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { type InFiles, numberInFile, placeInFile } from './located.ts'

/** Stretches of files of tokens. */
export interface WindowsPlan extends StorePlan, InFiles {
  readonly kind: 'windows'
  /** Bytes of a token: 1, or 4 for those of a tokenizer. */
  readonly bytes: 1 | 4
  /** Tokens of a sample, without the one that follows. */
  readonly length: number
}

/** Reads `length + 1` tokens at a time. */
export function openWindows(plan: WindowsPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  return {
    where: (row) => placeInFile(plan, row),
    get(row) {
      const size = (plan.length + 1) * plan.bytes
      const read = shards.read(plan.files[row]!, numberInFile(plan, row) * plan.bytes, size)
      if (plan.bytes === 1) return read
      return Uint32Array.from({ length: plan.length + 1 }, (_, at) => read.readUInt32LE(4 * at))
    },
  }
}
