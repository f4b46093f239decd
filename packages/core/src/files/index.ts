// Writing files safely: `@ashlar/core/files`, which loads nothing that computes.
export { openToAppend } from './open-to-append.ts'
export { syncFolderNow } from './sync-folder.ts'
export { removeHalfWritten, writeFileSafely } from './write-file.ts'
