import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants

/** As the flag `a`, but that a link is not followed, nor is a pipe waited for: the folder may be of somebody else. Windows has neither. */
const APPEND = O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)

/**
 * Opens a file at its end, made if need be.
 *
 * @throws Error for a link, and for anything else that is no plain file.
 */
export async function openToAppend(path: string): Promise<FileHandle> {
  const file = await open(path, APPEND)
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is no plain file')
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
