import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { filesIn } from './files-in.ts'
import { syncFolder } from './sync-folder.ts'

/**
 * Writes a file so that it is complete or not there at all, whatever happens meanwhile: written beside, flushed to the
 * disk, then renamed. A file that was there before stays until the rename.
 *
 * @throws DataError when the disk refuses; the message says why.
 */
export async function writeFileSafely(path: string, bytes: Uint8Array | string): Promise<void> {
  const beside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    const file = await open(beside, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(beside, { force: true })
    throw new DataError({
      where: path,
      expected: 'the file must be writable',
      given: (error as Error).message,
      cause: error,
    })
  }
}

/** What {@link writeFileSafely} writes to first. */
const BESIDE = /\.\d+-[0-9a-f]{8}\.tmp$/

/** Removes what a process that was killed left half-written in a folder. Nobody may be writing to it. */
export async function removeHalfWritten(folder: string): Promise<void> {
  const left = (await filesIn(folder)).filter((file) => BESIDE.test(file))
  await Promise.all(left.map((file) => rm(join(folder, file), { force: true })))
}
