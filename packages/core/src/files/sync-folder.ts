import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Makes a rename or a new entry durable, as far as the file system knows how: what was written has its name by then. Windows has no such thing: a folder cannot be opened there. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    throwFailure(error)
  }
}

/** `syncFolder`, for who waits. */
export function syncFolderNow(path: string): void {
  if (process.platform === 'win32') return
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch (error) {
    throwFailure(error)
  }
}

/** What file systems say that flush files alone, as some of networks and containers do; and what is said of a folder that may be written and not be read. */
const UNABLE: ReadonlySet<string | undefined> = new Set([
  ...['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EACCES', 'EBADF', 'EISDIR'],
])

function throwFailure(error: unknown): void {
  if (!UNABLE.has((error as NodeJS.ErrnoException).code)) throw error
}
