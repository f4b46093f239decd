// Loaded by whoever writes CSV, browsers too: nothing here loads anything.

/** What a cell may hold; null is nothing. */
export type CsvCell = string | number | boolean | null

/** Text that a spreadsheet would take for a formula, which what somebody's data is called must not become; it takes full-width signs for the others. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** But for what is a number: it is one in a spreadsheet, too. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * Cells as a line of CSV, without its end: numbers with every digit, quotes where a cell needs them, and text that looks like a formula behind an apostrophe.
 *
 * @example csvLine(['=1+1', -1, null]) // "'=1+1,-1,"
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return cells.map(textOf).join(',')
}

function textOf(cell: CsvCell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
