import type { LeftOut } from '@ashlar/core'
import type { Table } from './read-csv.ts'

/** What becomes of rows and cells where a value is missing. */
export type Missing = 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent'

/** Words for nothing that tools write into columns of numbers; in a column of names they may be names. */
const WORDS = /^(na|n\/a|#n\/a|nan|null|none|\?|-)$/i

/** Whether a cell says nothing. Spaces within quotes are kept by the reader, and are 0 to JavaScript. */
export function isMissing(cell: string | undefined, kind: 'number' | 'category'): boolean {
  const text = cell?.trim() ?? ''
  return text === '' || (kind === 'number' && WORDS.test(text))
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
    leftOut.push({
      where: `${table.path}, line ${table.lines[index]}`,
      reason: `has no ${lacking.map(({ column }) => JSON.stringify(column)).join(', no ')}`,
    })
    return false
  })
  return {
    ...table,
    rows: table.rows.filter((_, row) => kept[row]),
    lines: table.lines.filter((_, row) => kept[row]),
  }
}
