import type { LeftOut } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { answerIn } from './answers.ts'
import { type Decimal, withPoint } from './decimal.ts'
import type { Table } from './read-csv.ts'
import { isWordForNothing } from './words-for-nothing.ts'

/** What becomes of rows and cells where a value is missing. */
export type Missing = 'refuse' | 'drop' | Filling

/** What missing cells are filled by. */
export type Filling = 'mean' | 'median' | 'most-frequent'

/** Whether missing cells are filled. */
export function fills(missing: Missing): missing is Filling {
  return missing !== 'refuse' && missing !== 'drop'
}

/** Whether a cell says nothing. Spaces within quotes are kept by the reader, and are 0 to JavaScript. */
export function isMissing(cell: string | undefined, kind: 'number' | 'category'): boolean {
  const text = cell?.trim() ?? ''
  return text === '' || (kind === 'number' && isWordForNothing(text))
}

/**
 * What a column of classes is when looking for missing cells: words for nothing are names beside other names, and say nothing where every other cell is a number, or yes or no.
 *
 * @param cells of the column, or its different ones.
 */
export function kindOfClasses(
  cells: Iterable<string | undefined>,
  decimal?: Decimal | undefined,
): 'number' | 'category' {
  for (const cell of cells) {
    if (isMissing(cell, 'number') || answerIn(cell) !== undefined) continue
    if (!Number.isFinite(Number(withPoint(cell!, decimal)))) return 'category'
  }
  return 'number'
}

/**
 * A table without the rows that miss a value in some of its columns.
 *
 * @param leftOut takes these, each with its line and what it lacks.
 */
export function withoutMissing(
  table: Table,
  columns: readonly { readonly column: string; readonly kind: 'number' | 'category' }[],
  leftOut: LeftOut[],
): Table {
  const places = columns.map(({ column, kind }) => ({
    ...{ column, kind },
    at: table.columns.indexOf(column),
  }))
  const kept = table.rows.map((row, index) => {
    const lacking = places.filter(({ at, kind }) => isMissing(row[at], kind))
    if (lacking.length === 0) return true
    leftOut.push(
      leftOutRow(
        `${table.path}, line ${table.lines[index]}`,
        lacking.map(({ column }) => column),
      ),
    )
    return false
  })
  return {
    ...table,
    rows: table.rows.filter((_, row) => kept[row]),
    lines: table.lines.filter((_, row) => kept[row]),
  }
}

/** A row that is left out, as it lacks the values of some columns. */
export function leftOutRow(where: string, lacking: readonly string[]): LeftOut {
  const names = lacking.map((column) => JSON.stringify(column))
  return { where, reason: `has no ${names.join(', no ')}` }
}

/**
 * The error for a table of which nothing would be left.
 *
 * @param option what leaves rows out.
 */
export function allLeftOut(where: string, option: 'missing' | 'unlabelled'): DataError {
  const isFilled = option === 'missing'
  return new DataError({
    where,
    expected: `must have a row without a missing value${isFilled ? '' : ' to predict'}, and \`${option}: drop\` leaves out all`,
    hint: isFilled
      ? 'Fill them: `missing: median`.'
      : 'Name the column to predict by `target`, or another table.',
  })
}
