import { join } from 'node:path'
import { readBytes } from '../../files/read-file.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { type Texts, textAt } from '../texts.ts'
import { readWhenAsked } from './read-when-asked.ts'

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
    get: (row) =>
      readWhenAsked(
        plan.fields.map((field, at) => [field, () => readBytes(pathInFolders(plan, row, at))]),
      ),
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
