import { closeSync, openSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { DataError } from '@ashlar/errors'
import { readBytes, reasonOf, unreadable } from '../files/read-file.ts'

/** Files that are held open at a time. */
const OPEN = 64
/** Unpacked files that are held at a time. */
const UNPACKED = 2
/** The most that a packed file may come to. */
const MOST_BYTES = 2 ** 31 - 1
/** The same over all threads. */
const MOST_TOGETHER = 2 ** 32
/** How many times its size a packed file may come to; data of experiments comes to ten times at most. */
const MOST_TIMES = 200
/** What any may come to, however small: files of nothing but zeros. */
const FREE_BYTES = 16 << 20

/** Stretches of files, read as they are asked for; files packed by gzip are unpacked whole, and the last ones kept. */
export class ShardFiles {
  readonly #paths: readonly string[]
  readonly #open = new Map<number, number>()
  readonly #unpacked = new Map<number, Buffer>()

  constructor(paths: readonly string[]) {
    this.#paths = paths
  }

  /** @throws DataError when the file ends before. */
  read(file: number, offset: number, size: number): Buffer {
    const path = this.#paths[file]!
    if (isPacked(path)) {
      const whole = this.#unpack(file)
      if (offset + size > whole.length) throw cut(path, offset + size, whole.length)
      return whole.subarray(offset, offset + size)
    }
    const to = Buffer.allocUnsafe(size)
    let done = 0
    while (done < size) {
      const count = this.#readSome(file, to, done, offset + done)
      if (count === 0) throw cut(path, offset + size, offset + done)
      done += count
    }
    return to
  }

  #readSome(file: number, to: Buffer, at: number, offset: number): number {
    const path = this.#paths[file]!
    try {
      return readSync(this.#descriptor(file), to, at, to.length - at, offset)
    } catch (cause) {
      throw unreadable(path, cause)
    }
  }

  #descriptor(file: number): number {
    const known = this.#open.get(file)
    if (known !== undefined) {
      // The last used is the last.
      this.#open.delete(file)
      this.#open.set(file, known)
      return known
    }
    const opened = openSync(this.#paths[file]!, 'r')
    this.#open.set(file, opened)
    if (this.#open.size > OPEN) {
      const [oldest, descriptor] = this.#open.entries().next().value as [number, number]
      this.#open.delete(oldest)
      closeSync(descriptor)
    }
    return opened
  }

  #unpack(file: number): Buffer {
    const known = this.#unpacked.get(file)
    if (known !== undefined) return known
    // Room is made before.
    if (this.#unpacked.size >= UNPACKED) this.#unpacked.delete(this.#unpacked.keys().next().value!)
    const bytes = unpackFile(this.#paths[file]!)
    this.#unpacked.set(file, bytes)
    return bytes
  }
}

/** Whether a file is packed by gzip, by its name. */
export function isPacked(path: string): boolean {
  return /\.(gz|tgz)$/i.test(path)
}

/** How many of some threads may read packed files at a time, the largest of which comes to so many bytes. */
export function threadsWithin(threads: number, packedBytes = 0): number {
  const most = Math.floor(MOST_TOGETHER / (UNPACKED * packedBytes))
  return Math.max(1, Math.min(threads, most))
}

/** The most that something packed may come to: what is far beyond was made to fill memory or disk. */
export function mostUnpacked(packed: number): number {
  return MOST_TIMES * packed + FREE_BYTES
}

/** @throws DataError for a file that is damaged or cut, and for one that comes to far more than it is. */
export function unpackFile(path: string): Buffer {
  const bytes = readBytes(path)
  const most = Math.min(MOST_BYTES, mostUnpacked(bytes.length))
  try {
    return gunzipSync(bytes, { maxOutputLength: most })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new DataError({
        where: path,
        expected: `must come to at most ${most} bytes, unpacked, for its ${bytes.length}`,
        hint: 'Write several smaller files, or leave it unpacked.',
        cause,
      })
    }
    throw new DataError({
      where: path,
      expected: `must be a whole gzip file (${reasonOf(cause)})`,
      hint: 'The file is damaged or cut short: get it again.',
      cause,
    })
  }
}

function cut(path: string, expected: number, length: number): DataError {
  return new DataError({
    where: path,
    expected: `must be at least ${expected} bytes long, as it was when it was looked at, and ends at ${length}`,
    hint: 'The file is cut short, or was changed: get it again, and begin anew.',
  })
}
