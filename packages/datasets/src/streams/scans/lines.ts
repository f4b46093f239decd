import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { fieldIn } from '../field-in.ts'
import { gathered, gatherersOf } from '../gather-columns.ts'
import { type LinesPlan, parseLine } from '../stores/lines.ts'
import { FoundRecords } from './found-records.ts'
import { linesOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Finds the lines of JSON files and reads the columns that are held in memory. */
export function scanLines({ files, columns, options }: ScanRequest): Scanned {
  const gatherers = gatherersOf(columns, options)
  const found = new FoundRecords()
  const hash = createHash('sha256')
  const perFile: number[] = []
  for (const [index, path] of files.entries()) {
    const folder = dirname(path)
    let row = 0
    for (const line of linesOf(path, hash)) {
      const { bytes } = line
      if (bytes.length === 1 && bytes[0] === 0x0d) continue
      row++
      const where = `${path}, record ${row}`
      // Every line is looked at once: a file that is cut is found before anything is trained.
      const record = parseLine(bytes, () => where)
      for (const [at, { field }] of columns.entries())
        gatherers[at]!.add(fieldIn(record, field, where), where, folder)
      found.add(index, line)
    }
    perFile.push(row)
  }
  const store: LinesPlan = {
    kind: 'lines',
    paths: files,
    counted: { unit: 'record', first: 1 },
    ...found.done(),
  }
  return {
    length: found.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    ...packedChunks(files, store),
    digest: hash.digest('hex'),
  }
}
