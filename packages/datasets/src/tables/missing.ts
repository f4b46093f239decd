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

/** A table without the rows that miss a value in some of its columns. */
export function withoutMissing(
  table: Table,
  columns: readonly { readonly column: string; readonly kind: 'number' | 'category' }[],
): Table {
  const places = columns.map(({ column, kind }) => ({ at: table.columns.indexOf(column), kind }))
  const kept = table.rows.map((row) => !places.some(({ at, kind }) => isMissing(row[at], kind)))
  return {
    ...table,
    rows: table.rows.filter((_, row) => kept[row]),
    lines: table.lines.filter((_, row) => kept[row]),
  }
}
