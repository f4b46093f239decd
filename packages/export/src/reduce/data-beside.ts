import { closeSync, openSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import type { ExternalTensor } from '../inspect/tensor.ts'
import type { ReadBeside } from './proto.ts'

/**
 * Reads numbers from files beside a model, each tensor's once, whatever the size of the file.
 *
 * @param path the model's.
 * @param external what its inspection found: where numbers lie, and how many.
 * @throws DataError for a file that became shorter since.
 */
export function numbersBeside(path: string, external: readonly ExternalTensor[]): ReadBeside {
  const lengths = new Map(
    external.map(({ name, entries, bytes }) => [key(name, entries), Number(bytes)]),
  )
  const found = new Map<string, Uint8Array>()
  return ({ name, externalData }) => {
    const entries = Object.fromEntries(
      (externalData ?? []).map(({ key: entry, value }) => [entry!, value ?? '']),
    )
    const place = key(name ?? '', entries)
    const known = found.get(place)
    if (known !== undefined) return known
    const file = join(dirname(path), entries.location!)
    const bytes = readPart(file, Number(entries.offset ?? 0), lengths.get(place) ?? 0)
    found.set(place, bytes)
    return bytes
  }
}

function key(name: string, { location, offset = '0' }: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, location, offset])
}

/** The most that one call may read. */
const MOST = 2 ** 30

function readPart(path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const file = openSync(path, 'r')
  try {
    for (let at = 0; at < length; ) {
      const read = readSync(file, bytes, at, Math.min(MOST, length - at), offset + at)
      if (read === 0) {
        throw new DataError({
          where: path,
          expected: `must have the numbers of the model at byte ${offset + at}; it ends before`,
        })
      }
      at += read
    }
  } finally {
    closeSync(file)
  }
  return bytes
}
