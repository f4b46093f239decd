import { join } from 'node:path'
import { readBytes } from '../../files/read-file.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { type Texts, textAt } from '../texts.ts'

/** Files that have one name in several folders, a folder for each field of a sample. */
export interface FoldersPlan extends StorePlan {
  readonly kind: 'folders'
  readonly fields: readonly string[]
  /** `[splits, fields]`, absolute. */
  readonly roots: readonly string[]
  /** The split of each sample. */
  readonly splitOf: Uint8Array
  /** `[samples, fields]`, paths from the roots. */
  readonly names: Texts
}

/** The bytes of a sample's files by field, read when they are asked for. */
export function openFolders(plan: FoldersPlan): RecordStore {
  return {
    where: (row) => pathInFolders(plan, row),
    get(row) {
      const record: Record<string, unknown> = {}
      for (const [at, field] of plan.fields.entries()) {
        Object.defineProperty(record, field, {
          enumerable: true,
          get: () => readBytes(pathInFolders(plan, row, at)),
        })
      }
      return record
    },
  }
}

/** The file of a field; that of the first names the sample in errors. */
export function pathInFolders(
  { fields, roots, splitOf, names }: FoldersPlan,
  row: number,
  field: number = 0,
): string {
  const width = fields.length
  return join(roots[splitOf[row]! * width + field]!, textAt(names, row * width + field))
}
