import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { DataError } from '@ashlar/errors'
import { markIn } from '../../tables/decode-text.ts'
import { namedColumns } from '../../tables/read-csv.ts'
import {
  type CsvFormat,
  isBlank,
  isFoundByBytes,
  parseRecords,
  requireCells,
  textOfLine,
} from '../csv-records.ts'
import { gathered, gatherersOf } from '../gather-columns.ts'
import type { CsvPlan } from '../stores/csv.ts'
import { FoundRecords } from './found-records.ts'
import { type FoundLine, linesOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Rows that are parsed together. */
const GROUP = 512

/** What a scan of tables finds besides. */
export interface CsvFacts {
  /** Names of the columns. */
  readonly header: readonly string[]
}

/** Finds the rows of CSV files whose first row names the columns, and reads the columns that are held in memory. */
export function scanCsv({ files, columns, options }: ScanRequest): Scanned {
  const { delimiter, encoding } = options as unknown as CsvFormat
  const gatherers = gatherersOf(columns, options)
  const wanted = columns.map(({ field }) => field)
  const found = new FoundRecords()
  const hash = createHash('sha256')
  // The same bytes are another text in another encoding.
  if (encoding !== undefined) hash.update(`${encoding}\n`)
  const perFile: number[] = []
  let header: string[] | undefined
  for (const [index, path] of files.entries()) {
    const folder = dirname(path)
    const before = found.length
    let own: string[] | undefined
    let places = new Map<string, number>()
    let group: FoundLine[] = []
    const flush = () => {
      const first = found.length - before + 2
      const text = group
        .map(({ bytes }, at) => textOfLine(bytes, encoding, `${path}, line ${first + at}`))
        .join('\n')
      const where = `${path}, lines ${first} to ${first + group.length - 1}`
      const rows = parseRecords(text, delimiter, where)
      // Labels are read here and features by place: they must never be of different rows.
      if (rows.length !== group.length) throw notOneEach(where, group.length, rows.length)
      for (const [at, row] of rows.entries()) {
        const line = first + at
        const place = `${path}, line ${line}`
        requireCells(row, own!.length, place)
        for (const [each, { field }] of columns.entries()) {
          gatherers[each]!.add(row[places.get(field)!], place, folder)
        }
        found.add(index, group[at]!)
      }
      group = []
    }
    for (const each of linesOf(path, hash, true)) {
      const line = withoutMark(path, each, encoding)
      if (isBlank(line.bytes, { delimiter, encoding })) continue
      if (own === undefined) {
        const text = textOfLine(line.bytes, encoding, path)
        own = namedColumns(parseRecords(text, delimiter, path)[0] ?? [])
        header ??= own
        requireHeader(path, own, header, wanted)
        places = new Map(wanted.map((name) => [name, own!.indexOf(name)]))
        continue
      }
      group.push(line)
      if (group.length === GROUP) flush()
    }
    if (group.length > 0) flush()
    perFile.push(found.length - before)
  }
  const store: CsvPlan = {
    ...{ kind: 'csv', paths: files, delimiter, columns: header ?? [] },
    ...(encoding && { encoding }),
    // As long as no cell goes over several; the first names the columns.
    counted: { unit: 'line', first: 2 },
    ...found.done(),
  }
  const facts: CsvFacts = { header: header ?? [] }
  return {
    length: found.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    ...packedChunks(files, store),
    digest: hash.digest('hex'),
    facts: { ...facts },
  }
}

const MARK = Buffer.from('\ufeff')

/**
 * A line without the byte order mark that a file may begin with.
 *
 * @throws DataError for a mark of another encoding.
 */
function withoutMark(path: string, line: FoundLine, encoding: string | undefined): FoundLine {
  const { bytes, offset } = line
  const marked = offset > 0 ? undefined : markIn(bytes)
  if (marked === undefined) return line
  if (!isFoundByBytes(marked)) throw notByBytes(path, marked)
  if (marked !== (encoding ?? marked)) {
    throw new DataError({
      where: path,
      expected: `the byte order mark says that the text is ${marked}, and \`encoding\` says ${encoding}`,
      hint: 'Leave `encoding` out: the mark is enough.',
    })
  }
  return { bytes: bytes.subarray(MARK.length), offset: MARK.length }
}

function notByBytes(path: string, encoding: string): DataError {
  return new DataError({
    where: path,
    expected: `the text of a table that is streamed must be in an encoding whose lines are found by their bytes, and its byte order mark says ${encoding}`,
    hint: 'Save the table as UTF-8, or read it into memory (`csv`).',
  })
}

function notOneEach(where: string, lines: number, rows: number): DataError {
  return new DataError({
    where,
    expected: `must be ${lines} rows, one for each line`,
    given: rows,
    hint: 'Read the table into memory (`csv`), and write it anew.',
  })
}

function requireHeader(
  path: string,
  own: readonly string[],
  first: readonly string[],
  wanted: readonly string[],
): void {
  const twice = own.find((name, at) => own.indexOf(name) !== at)
  const missing = wanted.find((name) => !own.includes(name))
  if (twice === undefined && missing === undefined && String(own) === String(first)) return
  throw new DataError({
    where: path,
    expected:
      missing === undefined
        ? 'the first row must name every column, each differently, as the first file does'
        : `the first row must name the column ${JSON.stringify(missing)}`,
    given: own,
  })
}
