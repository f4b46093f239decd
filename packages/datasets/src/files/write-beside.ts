import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { reasonOf } from './read-file.ts'

const SUFFIX = '.part'
const STALE_MS = 60 * 60 * 1000

/**
 * Writes a file so that it is there whole or not at all: beside its place first, then renamed. Makes its folder. It waits, as a dataset that writes its own files must know its
 * columns before anything runs.
 *
 * @throws DataError when it cannot be written; nothing is left behind then.
 */
export function writeBeside(path: string, bytes: Uint8Array): void {
  const part = `${path}.${randomUUID()}${SUFFIX}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    removeStaleParts(path)
    writeDurably(part, bytes)
    renameSync(part, path)
  } catch (cause) {
    removeIfThere(part)
    throw new DataError({
      where: path,
      expected: `must be writable (${reasonOf(cause)})`,
      hint: 'Make room or allow writing there, or set ASHLAR_HOME to another folder.',
      cause,
    })
  }
}

/** Where the folder itself could not be made there is nothing to remove, and the first error is the one to show. */
function removeIfThere(part: string): void {
  try {
    rmSync(part, { force: true })
  } catch {}
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx')
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A process that was killed while it wrote could not remove its part; the next writer does, of the same file and of what lies beside it by its name. */
export function removeStaleParts(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(SUFFIX)) continue
    const part = join(folder, name)
    // Somebody else may have removed it meanwhile.
    const found = statSync(part, { throwIfNoEntry: false })
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) rmSync(part, { force: true })
  }
}
