import { isUtf8 } from 'node:buffer'
import { DataError } from '@ashlar/errors'
import { CsvError, parse } from 'csv-parse/sync'
import { reasonOf } from '../files/read-file.ts'
import { decode } from '../tables/decode-text.ts'

/**
 * The cells of some records of a CSV file, in Unicode's composed form, as the `csv` dataset has them.
 *
 * @param text records as `linesOf` finds them, joined by LF: none ends in a CR.
 * @throws DataError for what is no CSV.
 */
export function parseRecords(text: string, delimiter: string, where: string): string[][] {
  let records: string[][]
  try {
    // Line ends within cells are LF.
    records = parse(text.replace(/\r\n?/g, '\n'), {
      trim: true,
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
    }) as string[][]
  } catch (cause) {
    const reason = cause instanceof CsvError ? cause.message : reasonOf(cause)
    throw new DataError({
      where,
      expected: `must be a table in CSV (${reason})`,
      hint: 'A file that is cut ends within a line: get it again.',
      cause,
    })
  }
  return records.map((record) => record.map((cell) => cell.normalize()))
}

/** How a streamed table is written. */
export interface CsvFormat {
  readonly delimiter: string
  /** By the standard's name; UTF-8 when left out. */
  readonly encoding?: string | undefined
}

/** Encodings in which a byte that says where a line or a quoted cell ends may be half of another character. */
const NOT_BY_BYTES = ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be', 'iso-2022-jp']

/** Whether the lines of text in an encoding are found by its bytes. */
export function isFoundByBytes(encoding: string): boolean {
  return !NOT_BY_BYTES.includes(encoding)
}

/**
 * The bytes of a line as text.
 *
 * @throws DataError for those that are none in that encoding.
 */
export function textOfLine(bytes: Buffer, encoding: string | undefined, where: string): string {
  const told = encoding ?? 'utf-8'
  try {
    if (told !== 'utf-8') return decode(bytes, told)
    if (isUtf8(bytes)) return bytes.toString()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
  }
  throw new DataError({
    where,
    expected: `the text must be ${told}`,
    hint: 'Save the table as UTF-8, or say what it is in, such as `encoding: windows-1252` (Latin 1).',
  })
}

/**
 * Whether a line is none of the records: the parser drops it when it holds nothing but blanks, which a delimiter is none of.
 */
export function isBlank(line: Buffer, { delimiter, encoding }: CsvFormat): boolean {
  const [first = 0] = line
  // Nearly every line of every table.
  if (first > 0x20 && first < 0x7f) return false
  // What is no text at all is told by whoever reads it.
  const text = encoding === undefined ? line.toString() : new TextDecoder(encoding).decode(line)
  return text.trim() === '' && parseRecords(text, delimiter, '').length === 0
}

/** @throws DataError unless a row has a cell for each column. */
export function requireCells(row: readonly string[], columns: number, where: string): void {
  if (row.length === columns) return
  throw new DataError({
    where,
    expected: `must have the ${columns} cells that the first row names`,
    given: row.length,
    hint: 'A file that is cut ends within a line: get it again.',
  })
}
