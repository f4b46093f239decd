import { createHash } from 'node:crypto'
import { gathered, gatherersOf } from '../column.ts'
import { fieldIn } from '../field-in.ts'
import { type LinesPlan, parseLine } from '../stores/lines.ts'
import { sharedFloat64, sharedUint32 } from '../texts.ts'
import { linesOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Finds the lines of JSON files and reads the columns that are held in memory. */
export function scanLines({ files, columns }: ScanRequest): Scanned {
  const gatherers = gatherersOf(columns)
  const found = { files: [] as number[], offsets: [] as number[], sizes: [] as number[] }
  const hash = createHash('sha256')
  const perFile: number[] = []
  for (const [index, path] of files.entries()) {
    let row = 0
    for (const { bytes, offset } of linesOf(path, hash)) {
      if (bytes.length === 1 && bytes[0] === 0x0d) continue
      row++
      const where = `${path}, record ${row}`
      // Every line is looked at once: a file that is cut is found before anything is trained.
      const record = parseLine(bytes, () => where)
      for (const [at, { field }] of columns.entries())
        gatherers[at]!.add(fieldIn(record, field, where), where)
      found.files.push(index)
      found.offsets.push(offset)
      found.sizes.push(bytes.length)
    }
    perFile.push(row)
  }
  const store: LinesPlan = {
    kind: 'lines',
    paths: files,
    counted: { unit: 'record', first: 1 },
    files: sharedUint32(found.files),
    offsets: sharedFloat64(found.offsets),
    sizes: sharedUint32(found.sizes),
  }
  return {
    length: found.files.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    ...packedChunks(files, store),
    digest: hash.digest('hex'),
  }
}
