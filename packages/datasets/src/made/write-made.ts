import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { readBytes, reasonOf } from '../files/read-file.ts'

/**
 * Files that were made by code, in a folder of the cache that is called by what they hold: there as a whole, whoever else writes them.
 *
 * @param texts by the names of the files.
 * @returns their paths, in that order.
 * @throws DataError where they cannot be written.
 */
export function writeMade(dataset: string, texts: Readonly<Record<string, string>>): string[] {
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex')
  const folder = join(datasetCacheFolder(dataset), digest.slice(0, 16))
  return Object.entries(texts).map(([name, text]) => {
    const path = join(folder, name)
    if (!isThere(path, text)) write(folder, path, text)
    return path
  })
}

/** A file that somebody has changed is none of them. */
function isThere(path: string, text: string): boolean {
  try {
    return Buffer.from(text).equals(readBytes(path))
  } catch {
    return false
  }
}

function write(folder: string, path: string, text: string): void {
  const part = `${path}.${randomUUID()}.part`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(part, text)
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
