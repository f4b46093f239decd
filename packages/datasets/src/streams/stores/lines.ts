import { DataError } from '@ashlar/errors'
import { reasonOf } from '../../files/read-file.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { folderOfFile, type Located, placeInFile } from './located.ts'

/** Lines of JSON, one record each. */
export interface LinesPlan extends StorePlan, Located {
  readonly kind: 'lines'
}

/** @throws DataError for a line that is no JSON object. */
export function openLines(plan: LinesPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  const where = (row: number) => placeInFile(plan, row)
  return {
    where,
    folder: (row) => folderOfFile(plan, row),
    get(row) {
      const bytes = shards.read(plan.files[row]!, plan.offsets[row]!, plan.sizes[row]!)
      return parseLine(bytes, () => where(row))
    },
  }
}

/** A line as an object. */
export function parseLine(bytes: Uint8Array, where: () => string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch (cause) {
    throw new DataError({
      where: where(),
      expected: `must be a line of JSON (${reasonOf(cause)})`,
      hint: 'A file that is cut ends within a line: get it again.',
      cause,
    })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new DataError({ where: where(), expected: 'must be a JSON object', given: value })
}
