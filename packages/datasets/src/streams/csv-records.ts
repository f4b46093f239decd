import { DataError } from '@ashlar/errors'
import { CsvError, parse } from 'csv-parse/sync'
import { reasonOf } from '../files/read-file.ts'

/**
 * The cells of some records of a CSV file, in Unicode's composed form, as the `csv` dataset has them.
 *
 * @param columns how many each must have; left out, as many as the first.
 * @throws DataError for a record of more or fewer cells.
 */
export function parseRecords(
  text: string,
  delimiter: string,
  where: string,
  columns?: number,
): string[][] {
  let records: string[][]
  try {
    records = parse(text, {
      bom: true,
      trim: true,
      delimiter,
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
  const wrong = records.find(({ length }) => columns !== undefined && length !== columns)
  if (wrong !== undefined) {
    throw new DataError({
      where,
      expected: `must have the ${columns} cells that the first row names`,
      given: wrong.length,
      hint: 'A file that is cut ends within a line: get it again.',
    })
  }
  return records.map((record) => record.map((cell) => cell.normalize()))
}
