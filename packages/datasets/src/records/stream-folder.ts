import { opendirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetInfo, DatasetSplits, ImageEncoding, LeftOut } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'
import type { LabelledImage } from '../images/list-images.ts'
import { refuseEmptied } from '../images/refuse-emptied.ts'
import type { OwnDataOptions } from '../splits/own-data.ts'
import type { SplitPlan } from '../splits/plan.ts'
import { brokenRows } from '../streams/broken-rows.ts'
import type { PicturePlan } from '../streams/decoders/picture.ts'
import type { ReadingOptions } from '../streams/record-options.ts'
import { scanNow } from '../streams/scan-now.ts'
import { fileRows, planRecords } from '../streams/splits.ts'
import { placeOfRow } from '../streams/stores/places.ts'
import { type StreamedParts, streamedSplits } from '../streams/streamed-splits.ts'
import { classIndices } from '../tables/encode.ts'
import type { ClassFolders } from './class-folders.ts'

/** Decoded pictures that come to more are not held in memory unless somebody says so. */
const MOST_BYTES = 512 * 2 ** 20

/** How a folder is streamed. */
export interface StreamFolderOptions extends ReadingOptions, OwnDataOptions {
  readonly stream: 'auto' | boolean
  /** Whether decoded pictures are kept in the cache folder. */
  readonly cache: boolean
  readonly broken: 'refuse' | 'skip'
}

/** Whether pictures are read while training: as the options say, or by what they come to in memory. */
export function isStreamed(
  folders: readonly string[],
  { inputShape }: DatasetInfo,
  { stream, cache }: StreamFolderOptions,
): boolean {
  if (cache && stream === false) {
    throw new ConfigError({
      where: 'image-folder.cache',
      expected: 'must be left out where pictures are held in memory (`stream: false`)',
    })
  }
  const most = MOST_BYTES / inputShape.reduce((product, dim) => product * dim, 1)
  return stream === true || cache || (stream === 'auto' && countFiles(folders, most) > most)
}

/** Files in the sub folders of some folders; counting ends beyond `most`. */
function countFiles(folders: readonly string[], most: number): number {
  let count = 0
  const visit = (folder: string, isClass: boolean): void => {
    let found: ReturnType<typeof opendirSync>
    try {
      found = opendirSync(folder, { bufferSize: 1024 })
    } catch (cause) {
      throw unreadable(folder, cause)
    }
    try {
      for (
        let entry = found.readSync();
        entry !== null && count <= most;
        entry = found.readSync()
      ) {
        if (entry.name.startsWith('.')) continue
        if (isClass) count++
        else if (entry.isDirectory() || entry.isSymbolicLink())
          visit(join(folder, entry.name), true)
      }
    } finally {
      found.closeSync()
    }
  }
  for (const folder of folders) visit(folder, false)
  return count
}

/** The splits of folders of pictures that threads read: the same samples in the same order as those that are held in memory. */
export async function streamFolder(
  { folders, splits: parts }: ClassFolders,
  info: DatasetInfo,
  { seen, seed, chosen }: { seen: ImageEncoding; seed: number; chosen: StreamFolderOptions },
): Promise<DatasetSplits> {
  const options = { classes: info.classes, skip: chosen.broken === 'skip' }
  const scanned = scanNow({ kind: 'files', files: folders, columns: [], options })
  const { height, width, channels, fit, background } = seen
  const decode: PicturePlan = {
    kind: 'picture',
    size: { height, width, channels, fit, ...(background && { background }) },
  }
  const plan = planRecords(
    { dataset: info.name, files: fileRows(scanned.perFile, parts) },
    chosen,
    seed,
  )
  const { codes } = scanned.columns.label!
  const labels = classIndices(codes, info.classes.length)
  const read = { scanned, decode, labels: [{ name: undefined, data: labels, size: 1 }], chosen }
  const sound = chosen.broken === 'skip' ? await withoutBroken(info, read, plan) : undefined
  const { broken, leftOut } = sound ?? {}
  const splits = await streamedSplits(info, { ...read, broken }, sound?.plan ?? plan)
  return { ...splits, ...(leftOut && { leftOut }), input: seen }
}

/** What is left of splits without the rows whose pictures are broken, as of pictures in memory. */
async function withoutBroken(
  info: DatasetInfo,
  parts: Pick<StreamedParts, 'scanned' | 'decode' | 'labels' | 'chosen'>,
  plan: SplitPlan,
): Promise<{
  readonly plan: SplitPlan
  readonly broken: readonly number[]
  readonly leftOut: readonly LeftOut[]
}> {
  const { scanned, labels, chosen } = parts
  const { train, validation, test } = plan
  const used = Uint32Array.from([...train, ...(validation ?? []), ...test]).sort()
  // The cache holds all rows, whichever a limit leaves to be used.
  const read = chosen.cache ? Uint32Array.from({ length: scanned.length }, (_, row) => row) : used
  const found = await brokenRows(info, parts, read)
  const broken = found.map(({ row }) => row)
  const odd = new Set(broken)
  const image = (row: number): LabelledImage => ({
    ...{ path: placeOfRow(scanned.store, row), label: labels[0]!.data[row]! },
  })
  const keep = (rows: Uint32Array): Uint32Array => {
    const kept = rows.filter((row) => !odd.has(row))
    const images = (of: Uint32Array) => Array.from(of, image)
    if (kept.length < rows.length) refuseEmptied(images(rows), images(kept), info.classes)
    return kept
  }
  const isUsed = new Set(used)
  const leftOut = found
    .filter(({ row }) => isUsed.has(row))
    .map(({ row, reason }) => ({
      where: placeOfRow(scanned.store, row),
      reason,
    }))
  return {
    plan: {
      train: keep(train),
      ...(validation && { validation: keep(validation) }),
      test: keep(test),
    },
    ...{ broken, leftOut: [...(scanned.leftOut ?? []), ...leftOut] },
  }
}
