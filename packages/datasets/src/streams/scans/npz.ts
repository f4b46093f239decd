import { mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { DataError, unknownName } from '@ashlar/errors'
import { type Entry, openPromise } from 'yauzl'
import { reasonOf } from '../../files/read-file.ts'
import { FileBeside } from '../../files/write-beside.ts'
import { mostUnpacked } from '../shard-files.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** @throws DataError for an array that comes to far more than it is packed, or to more than the disk has room for. */
export function requireRoom(
  where: string,
  folder: string,
  { compressedSize, uncompressedSize }: Pick<Entry, 'compressedSize' | 'uncompressedSize'>,
): void {
  const most = mostUnpacked(compressedSize)
  if (uncompressedSize > most) {
    throw new DataError({
      where,
      expected: `must come to at most ${most} bytes, unpacked, for its ${compressedSize}`,
      given: uncompressedSize,
      hint: 'Write the array by np.save, unpacked.',
    })
  }
  const { bavail, bsize } = statfsSync(folder)
  if (uncompressedSize <= bavail * bsize) return
  throw new DataError({
    where,
    expected: `must come to at most the ${bavail * bsize} bytes that are free in ${folder}`,
    given: uncompressedSize,
    hint: 'Make room there, or set ASHLAR_HOME to a folder on another disk.',
  })
}

/** Unpacks arrays of a .npz file; each is there whole or not at all. */
export async function scanNpz({ files, options }: ScanRequest): Promise<Scanned> {
  const { folder, names } = options as { folder: string; names: readonly string[] }
  const [file] = files as [string]
  const found: string[] = []
  try {
    const zip = await openPromise(file, { lazyEntries: true, autoClose: false })
    try {
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileName.replace(/\.npy$/, '')
        found.push(name)
        if (!names.includes(name)) continue
        mkdirSync(folder, { recursive: true })
        requireRoom(`${file}, ${name}`, folder, entry)
        const array = new FileBeside(join(folder, `${name}.npy`))
        try {
          for await (const block of await zip.openReadStreamPromise(entry)) {
            array.put(block as Uint8Array)
          }
          array.keep()
        } catch (cause) {
          array.drop()
          throw cause
        }
      }
    } finally {
      zip.close()
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError({
      where: file,
      expected: `must be a whole .npz file (${reasonOf(cause)})`,
      hint: 'The file is damaged or cut short: get it again.',
      cause,
    })
  }
  const missing = names.find((name) => !found.includes(name))
  if (missing !== undefined) throw new DataError(unknownName(file, 'array', missing, found))
  return { length: 0, store: { kind: 'numpy' }, columns: {}, perFile: [], digest: '' }
}
