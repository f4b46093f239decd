import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { batchBuffers, type DatasetInfo } from '@ashlar/core'
import { z } from 'zod'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { writeBeside } from '../files/write-beside.ts'
import { BrokenPictureError, reasonLeftOut } from '../images/broken-picture.ts'
import { dtypesOf } from './batch-fields.ts'
import type { Undecoded } from './decoded-cache.ts'
import { placelessPlan } from './placeless-plan.ts'
import { ReaderPool } from './pool.ts'
import { placeOfRow } from './stores/places.ts'

/** Samples that are decoded together. */
const GROUP = 256

/** A row whose picture cannot be read, and why. */
export interface BrokenRow {
  readonly row: number
  readonly reason: string
}

const found = z.array(z.strictObject({ row: z.int().min(0), reason: z.string() }))

/**
 * Decodes rows once, to find those whose pictures are broken: while training it would be too late. What is found is kept in the cache folder by the digest of the data, so that the same data is gone through
 * once.
 *
 * @throws DataError for what cannot be read for other reasons.
 */
export async function brokenRows(
  info: DatasetInfo,
  undecoded: Undecoded,
  rows: Uint32Array,
): Promise<readonly BrokenRow[]> {
  const { scanned, decode } = undecoded
  const key = createHash('sha256')
    .update(JSON.stringify([scanned.digest, placelessPlan(decode), info.inputShape]))
    .update(rows)
    .digest('hex')
  const path = join(datasetCacheFolder('broken'), `${key}.json`)
  const kept = readKept(path, scanned.length)
  if (kept !== undefined) return kept
  const broken = await lookThrough(info, undecoded, rows)
  writeBeside(path, Buffer.from(JSON.stringify(broken)))
  return broken
}

/** What is damaged is looked for again. */
function readKept(path: string, length: number): readonly BrokenRow[] | undefined {
  try {
    const kept = found.parse(JSON.parse(readFileSync(path, 'utf8')))
    return kept.every(({ row }) => row < length) ? kept : undefined
  } catch {
    return undefined
  }
}

async function lookThrough(
  info: DatasetInfo,
  undecoded: Undecoded,
  rows: Uint32Array,
): Promise<readonly BrokenRow[]> {
  const { scanned, decode, chosen } = undecoded
  const { store, chunks, packedBytes } = scanned
  const pool = new ReaderPool(
    { store, decode },
    {
      ...{ threads: chosen.threads, packedBytes },
      ...(chunks && { chunkOf: (row: number) => chunks[row]! }),
      where: (row) => placeOfRow(store, row),
    },
  )
  const into = batchBuffers({ dtypes: dtypesOf(info, undecoded) }, info, GROUP)
  /** Halves what fails until single rows are left. */
  const look = async (group: Uint32Array): Promise<BrokenRow[]> => {
    try {
      await pool.read(group, into)
      return []
    } catch (error) {
      if (!(error instanceof BrokenPictureError)) throw error
      if (group.length === 1) {
        return [{ row: group[0]!, reason: reasonLeftOut(error, error.where) }]
      }
      const half = group.length >> 1
      return [...(await look(group.slice(0, half))), ...(await look(group.slice(half)))]
    }
  }
  try {
    const broken: BrokenRow[] = []
    for (let start = 0; start < rows.length; start += GROUP) {
      for (const each of await look(rows.slice(start, start + GROUP))) broken.push(each)
    }
    return broken
  } finally {
    await pool.close()
  }
}
