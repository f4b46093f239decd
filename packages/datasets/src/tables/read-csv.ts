import { readFileSync } from 'node:fs'
import { DataError } from '@ashlar/errors'
import { CsvError, parse } from 'csv-parse/sync'
import { reasonOf, unreadable } from '../files/read-file.ts'

/** A table as text, by column names. */
export interface Table {
  readonly path: string
  readonly columns: readonly string[]
  /** Each row has a cell for every column. */
  readonly rows: readonly (readonly string[])[]
  /** Line of the file on which each row ends, counted from 1. */
  readonly lines: readonly number[]
}

/**
 * Reads a CSV file whose first row names the columns; quotes as in RFC 4180, a byte order mark and spaces around cells are dropped.
 *
 * It blocks: a dataset must know its columns and classes before anything runs.
 * @throws DataError when it cannot be read, a row has too few or too many cells, or columns are nameless or named twice.
 */
export function readCsv(path: string, delimiter: string): Table {
  const records = parseFile(path, delimiter)
  const [header, ...body] = records
  if (!header || body.length === 0) {
    const found = header ? 'the first row alone' : 'an empty file'
    throw new DataError({
      where: path,
      expected: `must have a first row that names the columns, and rows below it, got ${found}`,
    })
  }
  const columns = header.record
  for (const [index, column] of columns.entries()) {
    if (column !== '' && columns.indexOf(column) === index) continue
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
    rows: body.map(({ record }) => record),
    lines: body.map(({ info }) => info.lines),
  }
}

interface CsvRecord {
  readonly record: string[]
  readonly info: { readonly lines: number }
}

function parseFile(path: string, delimiter: string): CsvRecord[] {
  let text: Buffer
  try {
    text = readFileSync(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
  try {
    // The types of csv-parse do not follow its `info` option.
    return parse(text, {
      bom: true,
      trim: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[]
  } catch (cause) {
    const reason = cause instanceof CsvError ? cause.message : reasonOf(cause)
    throw new DataError({ where: path, expected: `must be a table in CSV (${reason})`, cause })
  }
}
