import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
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
    return readSmall(path) ?? readFileSync(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Room for a file that needs no room of its own while it is read. */
const small = Buffer.allocUnsafeSlow(1 << 16)

/** A file that is small, in half the time that asking for its size first takes; undefined for one that is not. */
function readSmall(path: string): Buffer | undefined {
  const descriptor = openSync(path, 'r')
  try {
    let size = 0
    while (size < small.length) {
      const count = readSync(descriptor, small, size, small.length - size, null)
      if (count === 0) return Buffer.from(small.subarray(0, size))
      size += count
    }
    return undefined
  } finally {
    closeSync(descriptor)
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
