import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { unpack } from './unpack.ts'

/** Room for gzip's own bytes around data that does not shrink. */
const GZIP_OVERHEAD = 4096

/**
 * The contents of a file, unpacked when it is gzip (told by its first bytes, not by its name).
 *
 * @param maxBytes the most that the contents may be; larger files are refused before they fill the memory.
 * @throws DataError when the file cannot be read or is larger.
 */
export async function readContents(path: string, maxBytes: number): Promise<Buffer> {
  const bytes = await readWithin(path, maxBytes + GZIP_OVERHEAD)
  return unpack(bytes, maxBytes, path)
}

async function readWithin(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size <= maxBytes) return await readFile(path)
    throw new DataError({
      where: path,
      expected: `the file must be at most ${maxBytes} bytes long`,
      given: size,
    })
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw unreadable(path, cause)
  }
}

/**
 * The bytes of a file as they are on the disk, read at once.
 *
 * @throws DataError when the file cannot be read.
 */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The error for a file or folder that the system does not let us read; names the system's reason. */
export function unreadable(path: string, cause: unknown): DataError {
  return new DataError({
    where: path,
    expected: `must be readable (${reasonOf(cause)})`,
    cause,
  })
}

/** What the system said, in a few words: `no such file or directory`. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  // Node writes "ENOENT: no such file or directory, open '/x'"; the path is shown already.
  return cause.message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/, '')
}
