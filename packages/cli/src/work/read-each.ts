import { AshlarError, DataError } from '@ashlar/errors'
import type { Output } from '../terminal/output.ts'

/** A file that nothing was predicted from, and why. */
export interface FailedFile {
  readonly file: string
  /** What is wrong, in the words of the error. */
  readonly error: string
}

/**
 * What reading gives for one file after the other. Of several files, one that cannot be read is put into `failed`, and the others go on.
 *
 * @throws DataError where there is but one file, and it cannot be read.
 */
export async function* readEach<T>(
  files: readonly string[],
  read: (file: string) => Promise<T>,
  failed: FailedFile[],
): AsyncGenerator<T> {
  for (const file of files) {
    let found: T
    try {
      found = await read(file)
    } catch (error) {
      if (files.length === 1 || !isOfFile(error)) throw error
      failed.push({ file, error: error.message })
      continue
    }
    yield found
  }
}

/** What is wrong with one file says nothing of the next; what is wrong with the program, or the system, does. */
function isOfFile(error: unknown): error is Error {
  if (error instanceof AshlarError) return error instanceof DataError
  return error instanceof Error && 'code' in error && FILE_CODES.has(String(error.code))
}

/** Of errors of the operating system: gone, not permitted, a folder. */
const FILE_CODES: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR'])

/** Tells which files failed, on stderr. */
export function tellFailed(failed: readonly FailedFile[], total: number, output: Output): void {
  if (failed.length === 0) return
  for (const { error } of failed) output.notice(error)
  output.notice(`${failed.length} of ${total} files could not be read; the others were.`)
}
