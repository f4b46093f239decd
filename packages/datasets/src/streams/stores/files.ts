import { join } from 'node:path'
import { readBytes } from '../../files/read-file.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { type Texts, textAt } from '../texts.ts'

/** Files of folders, one record each. */
export interface FilesPlan extends StorePlan {
  readonly kind: 'files'
  readonly roots: readonly string[]
  /** The root of each file. */
  readonly rootOf: Uint8Array
  /** Paths from there. */
  readonly names: Texts
}

/** The bytes of each file. */
export function openFiles(plan: FilesPlan): RecordStore {
  return {
    where: (row) => pathOf(plan, row),
    get: (row) => readBytes(pathOf(plan, row)),
  }
}

/** The path of a file. */
export function pathOf({ roots, rootOf, names }: FilesPlan, row: number): string {
  return join(roots[rootOf[row]!]!, textAt(names, row))
}
