import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { reasonOf } from './read-file.ts'

const SUFFIX = '.part'
const STALE_MS = 60 * 60 * 1000

/**
 * Writes a file so that it is there whole or not at all: beside its place first, then renamed. Makes its folder.
 *
 * @throws DataError when it cannot be written; nothing is left behind then.
 */
export async function writeBeside(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomUUID()}${SUFFIX}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await removeStaleParts(path)
    await writeDurably(part, bytes)
    await rename(part, path)
  } catch (cause) {
    // Also when the folder itself could not be made: then there is nothing to remove, and the first error is the one to show.
    await rm(part, { force: true }).catch(() => undefined)
    throw new DataError({
      where: path,
      expected: `must be writable (${reasonOf(cause)})`,
      hint: 'Make room or allow writing there, or set ASHLAR_HOME to another folder.',
      cause,
    })
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A process that was killed while it wrote could not remove its part; the next writer does, of the same file and of what lies beside it by its name. */
export async function removeStaleParts(path: string): Promise<void> {
  const folder = dirname(path)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(SUFFIX)) continue
    const part = join(folder, name)
    const { mtimeMs } = await stat(part)
    if (Date.now() - mtimeMs > STALE_MS) await rm(part, { force: true })
  }
}
