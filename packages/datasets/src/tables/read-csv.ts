import { isAscii } from 'node:buffer'
import { DataError } from '@ashlar/errors'
import { CsvError, parse } from 'csv-parse/sync'
import { readBytes, reasonOf } from '../files/read-file.ts'
import type { Decimal } from './decimal.ts'
import { decodeText, isDecoded } from './decode-text.ts'

/** How a table is written. */
export interface TableFormat {
  /** What stands between cells. */
  readonly delimiter: string
  /** What the text is in; left out, what its byte order mark says, and UTF-8 without one. */
  readonly encoding?: string | undefined
  /** What it may be in, where it is neither UTF-8 nor says by a mark what it is; `encoding` is left out then. */
  readonly otherwise?: string | undefined
  /** The decimal sign; a point when left out. */
  readonly decimal?: Decimal | undefined
}

const CR = 0x0d
const LF = 0x0a

/** A table as text, by column names. */
export interface Table {
  readonly path: string
  /** In Unicode's composed form (NFC), as all cells are: what looks the same is the same, whatever wrote it. */
  readonly columns: readonly string[]
  /** Each row has a cell for every column. */
  readonly rows: readonly (readonly string[])[]
  /** The decimal sign of its numbers; a point when left out. */
  readonly decimal?: Decimal | undefined
  /** Line of the file on which each row ends, counted from 1; empty where the path says it already. */
  readonly lines: readonly number[]
}

/**
 * Reads a CSV file whose first row names the columns (`namedColumns`); quotes as in RFC 4180, a byte order mark, empty lines and spaces around cells are
 * dropped. A line ends in CRLF, LF or CR, each as it comes; within a quoted cell each is LF.
 *
 * It blocks: a dataset must know its columns and classes before anything runs.
 * @throws DataError when it cannot be read, is not in its encoding, a row has too few or too many cells, or columns are named twice.
 */
export function readCsv(path: string, format: TableFormat): Table {
  const records = parseFile(path, format)
  const [header, ...body] = records
  if (!header || body.length === 0) {
    const found = header ? 'the first row alone' : 'an empty file'
    throw new DataError({
      where: path,
      expected: `must have a first row that names the columns, and rows below it, got ${found}`,
    })
  }
  const columns = namedColumns(header.record)
  for (const [index, column] of columns.entries()) {
    if (columns.indexOf(column) === index) continue
    throw new DataError({
      where: path,
      expected: `the first row must name every column, each differently (column ${index + 1})`,
      given: column,
      hint: 'Add a row of column names when the file has none.',
    })
  }
  return {
    path,
    columns,
    ...(format.decimal === ',' && { decimal: format.decimal }),
    rows: body.map(({ record }) => record),
    lines: body.map(({ info }) => info.lines),
  }
}

/** Columns with a name each: those that the first row leaves empty, as a table of pandas does for its index and a spreadsheet for what lies at the side, are called as pandas calls them: with a suffix, where another has that name. */
export function namedColumns(header: readonly string[]): string[] {
  const taken = new Set(header)
  return header.map((name, at) => {
    if (name !== '') return name
    const own = `Unnamed: ${at}`
    let free = own
    for (let next = 1; taken.has(free); next++) free = `${own}.${next}`
    taken.add(free)
    return free
  })
}

interface CsvRecord {
  readonly record: string[]
  readonly info: { readonly lines: number }
}

function parseFile(path: string, { delimiter, encoding, otherwise }: TableFormat): CsvRecord[] {
  const bytes = readBytes(path)
  const told = encoding ?? (isDecoded(bytes) ? undefined : otherwise)
  const text = withOneLineEnd(decodeText(bytes, path, told))
  try {
    // The types of csv-parse do not follow its `info` option.
    const records = parse(text, {
      bom: true,
      trim: true,
      delimiter,
      record_delimiter: '\n',
      info: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[]
    return isAscii(text) ? records : records.map(composed)
  } catch (cause) {
    const reason = cause instanceof CsvError ? cause.message : reasonOf(cause)
    throw new DataError({ where: path, expected: `must be a table in CSV (${reason})`, cause })
  }
}

/** Tables are put together from files of several systems, each with line ends of its own. */
function withOneLineEnd(text: Buffer): Buffer {
  if (!text.includes(CR)) return text
  const result = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!
    if (byte === CR && text[at + 1] === LF) continue
    result[length++] = byte === CR ? LF : byte
  }
  return result.subarray(0, length)
}

function composed({ record, info }: CsvRecord): CsvRecord {
  return { record: record.map((cell) => cell.normalize()), info }
}
