import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { unreadable } from '../files/read-file.ts'
import { scanNow } from './scan-now.ts'

/**
 * Arrays of a .npz file as .npy files in a cache folder, made once.
 *
 * @param names of the arrays; all must be there.
 * @returns paths by name.
 * @throws DataError for a file that is damaged, and for names that it has not.
 */
export function unpackNpz(
  file: string,
  cache: string,
  names: readonly string[],
): ReadonlyMap<string, string> {
  let stamp: string
  try {
    const { size, mtimeMs } = statSync(file)
    stamp = JSON.stringify([file, size, mtimeMs])
  } catch (cause) {
    throw unreadable(file, cause)
  }
  const folder = join(cache, createHash('sha256').update(stamp).digest('hex').slice(0, 32))
  const paths = new Map(names.map((name) => [name, join(folder, `${name}.npy`)]))
  if (![...paths.values()].every((path) => existsSync(path))) {
    scanNow({ kind: 'npz', files: [file], columns: [], options: { folder, names } })
  }
  return paths
}
