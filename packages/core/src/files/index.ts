// Writing files safely: `@ashlar/core/files`, which loads nothing that computes.
export { removeHalfWritten, writeFileSafely } from './write-file.ts'
