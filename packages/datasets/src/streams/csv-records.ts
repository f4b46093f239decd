import { DataError } from '@ashlar/errors'
import { CsvError, parse } from 'csv-parse/sync'
import { reasonOf } from '../files/read-file.ts'

/** What to do where a cell is missing. */
export const STREAM_HINT =
  'Tables that are streamed have no `missing`: fill such cells before, leave the column out by `features`, or read the table into memory (`csv`).'

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

/**
 * Whether a line is none of the records: the parser drops it when it holds nothing but blanks, which a delimiter is none of.
 */
export function isBlank(line: Buffer, delimiter: string): boolean {
  const [first = 0] = line
  // Nearly every line of every table.
  if (first > 0x20 && first < 0x7f) return false
  const text = line.toString()
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
