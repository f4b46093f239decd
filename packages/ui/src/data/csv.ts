import { csvLine } from '@ashlar/core/csv'
import type { Value } from './answers.ts'

/** Rows as text that spreadsheets and data frames read. */
export function csvOf(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${csvLine(row)}\r\n`).join('')
}
