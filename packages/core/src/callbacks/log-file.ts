import type { FileHandle } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { openToAppend } from '../files/open-to-append.ts'

/** A text file that grows line by line, each in one write. */
export interface LogFile {
  /** Bytes written so far. */
  readonly length: number
  /** Opens the file at its end, or empty. */
  open(how: { readonly empty: boolean }): Promise<void>
  /** Cuts off what was written after a checkpoint, `length` bytes into the file. */
  rewind(length: number): Promise<void>
  add(line: string): Promise<void>
  close(): Promise<void>
}

/**
 * @param path of the file, made if need be.
 * @throws DataError from each of its functions when the disk refuses.
 */
export function logFile(path: string): LogFile {
  let file: FileHandle | undefined
  let length = 0
  const guard = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      throw new DataError({
        where: path,
        expected: 'the log must be writable',
        given: (error as Error).message,
        cause: error,
      })
    }
  }
  return {
    get length() {
      return length
    },
    open: ({ empty }) =>
      guard(async () => {
        file = await openToAppend(path)
        if (empty) await file.truncate(0)
        length = (await file.stat()).size
      }),
    rewind: (to) =>
      guard(async () => {
        // A log is not flushed with a checkpoint: after a power cut it may be the shorter one.
        if (to >= length) return
        await file?.truncate(to)
        length = to
      }),
    add: (line) =>
      guard(async () => {
        const bytes = Buffer.from(`${line}\n`)
        await file?.appendFile(bytes)
        length += bytes.length
      }),
    close: () =>
      guard(async () => {
        await file?.close()
        file = undefined
      }),
  }
}
