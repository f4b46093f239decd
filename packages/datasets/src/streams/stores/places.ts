import type { StorePlan } from '../reader.ts'
import { type FilesPlan, pathOf } from './files.ts'
import { type Located, rowInFile } from './located.ts'
import { placeInTar, type TarPlan } from './webdataset.ts'

/** Names a record in errors, for whoever has its plan alone. */
export function placeOfRow(store: StorePlan, row: number): string {
  if (store.kind === 'files') return pathOf(store as FilesPlan, row)
  if (store.kind === 'webdataset') return placeInTar(store as TarPlan, row)
  const plan = store as StorePlan & Pick<Located, 'paths' | 'files'>
  return `${plan.paths[plan.files[row]!]}, record ${rowInFile(plan, row)}`
}
