import type { Value } from './answers.ts'

/** What a spreadsheet would take for a formula, which text of a file must not become. */
const FORMULA = /^[=+\-@\t\r]/

/** Rows as text that spreadsheets and data frames read: numbers with every digit, what is not there empty, and text that looks like a formula behind an apostrophe. */
export function csvOf(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')
}

function cellOf(value: Value): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
