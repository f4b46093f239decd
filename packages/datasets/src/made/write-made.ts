import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { readBytes } from '../files/read-file.ts'
import { writeBeside } from '../files/write-beside.ts'

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
    if (!isThere(path, text)) writeBeside(path, Buffer.from(text))
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
