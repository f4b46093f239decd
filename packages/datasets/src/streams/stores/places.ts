import type { StorePlan } from '../reader.ts'
import { type FilesPlan, pathOf } from './files.ts'
import { type FoldersPlan, pathInFolders } from './folders.ts'
import { type InFiles, placeInFile } from './located.ts'
import { placeInTar, type TarPlan } from './webdataset.ts'

/** Names a record in errors, for whoever has its plan alone. */
export function placeOfRow(store: StorePlan, row: number): string {
  if (store.kind === 'files') return pathOf(store as FilesPlan, row)
  if (store.kind === 'folders') return pathInFolders(store as FoldersPlan, row)
  if (store.kind === 'webdataset') return placeInTar(store as TarPlan, row)
  return placeInFile(store as StorePlan & InFiles, row)
}
