import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { ConfigError, unknownName } from '@ashlar/errors'
import { parquetSchema } from 'hyparquet'
import { gathered, gatherersOf } from '../gather-columns.ts'
import { openParquetFile, type ParquetFile, type ParquetPlan, readRows } from '../stores/parquet.ts'
import { sharedUint32 } from '../texts.ts'
import { hashFile } from './hash-file.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Rows of a column that are in memory at a time. */
const ROWS = 8192

/** Finds the rows of Parquet files, and reads the columns that are held in memory; of the others nothing. */
export async function scanParquet({ files, columns, options }: ScanRequest): Promise<Scanned> {
  const { inputs, buffer } = options as { inputs: readonly string[]; buffer: number }
  const gatherers = gatherersOf(columns, options)
  const hash = createHash('sha256')
  const rows = { files: [] as number[], groups: [] as number[] }
  const groups = { starts: [] as number[], counts: [] as number[], firsts: [] as number[] }
  const perFile: number[] = []
  let labels: Readonly<Record<string, readonly string[]>> = {}
  const texts = new Set<string>()
  for (const [index, path] of files.entries()) {
    const file = await openParquetFile(path)
    requireColumns(file, [...inputs, ...columns.map(({ field }) => field)])
    labels = { ...labelNames(file), ...labels }
    for (const name of textsIn(file)) texts.add(name)
    let start = 0
    for (const { num_rows } of file.metadata.row_groups) {
      const count = Number(num_rows)
      groups.firsts.push(rows.files.length)
      groups.starts.push(start)
      groups.counts.push(count)
      for (let row = 0; row < count; row++) {
        rows.files.push(index)
        rows.groups.push(groups.starts.length - 1)
      }
      start += count
    }
    for (let begin = 0; begin < start && columns.length > 0; begin += ROWS) {
      const names = columns.map(({ field }) => field)
      const read = await readRows(file, names, begin, Math.min(start, begin + ROWS))
      for (const [at, row] of read.entries()) {
        const where = `${path}, row ${begin + at + 1}`
        for (const [each, { field }] of columns.entries()) {
          gatherers[each]!.add(plain(row[field]), where, dirname(path))
        }
      }
    }
    perFile.push(start)
    hashFile(hash, path)
  }
  const store: ParquetPlan = {
    kind: 'parquet',
    paths: files,
    counted: { unit: 'row', first: 1 },
    files: sharedUint32(rows.files),
    groups: sharedUint32(rows.groups),
    starts: sharedUint32(groups.starts),
    counts: sharedUint32(groups.counts),
    firsts: sharedUint32(groups.firsts),
    columns: inputs,
    // Those that a shuffle buffer spans, and the next ones.
    held: 2 + Math.ceil((buffer * groups.starts.length) / Math.max(1, rows.files.length)),
  }
  return {
    length: rows.files.length,
    store,
    chunks: store.groups,
    columns: gathered(columns, gatherers),
    perFile,
    digest: hash.digest('hex'),
    facts: { labels, texts: [...texts] },
  }
}

/** Columns whose values are texts, which may be paths. */
function textsIn({ metadata }: ParquetFile): string[] {
  return parquetSchema(metadata).children.flatMap(({ element: { name, ...type } }) =>
    type.converted_type === 'UTF8' || type.logical_type?.type === 'STRING' ? [name] : [],
  )
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value
}

function requireColumns({ path, metadata }: ParquetFile, wanted: readonly string[]): void {
  const known = parquetSchema(metadata).children.map(({ element }) => element.name)
  const missing = wanted.find((name) => !known.includes(name))
  if (missing === undefined) return
  throw new ConfigError(unknownName(path, 'column', missing, known))
}

/** What Hugging Face's datasets say of their classes: the names behind the numbers of a column. */
function labelNames({ metadata }: ParquetFile): Record<string, readonly string[]> {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
  if (text === undefined) return {}
  try {
    const { info } = JSON.parse(text) as {
      info?: { features?: Record<string, { _type?: string; names?: unknown }> }
    }
    return Object.fromEntries(
      Object.entries(info?.features ?? {}).flatMap(([name, { _type, names }]) =>
        _type === 'ClassLabel' && Array.isArray(names) ? [[name, names.map(String)]] : [],
      ),
    )
  } catch {
    // Whatever else stands there is nobody's concern here.
    return {}
  }
}
