import { ConfigError, DataError, unknownName } from '@ashlar/errors'
import type { Table } from './read-csv.ts'
import { type Categories, namesOf, type Spellings } from './spellings.ts'

/** What becomes of whole numbers that float32 does not have. */
export type Rounding = 'refuse' | 'nearest'

/** A column of a table as numbers: itself, or one number per category of which one is 1 and the others 0. */
export interface Feature {
  readonly column: string
  readonly categories?: Categories
}

/**
 * Features as numbers, row after row, in the order of `features`.
 *
 * @throws DataError that names file, line and column when a cell is no number, a number that float32 does not have, or a category that
 *   was not declared.
 */
export function encodeFeatures(
  table: Table,
  features: readonly Feature[],
  rounding: Rounding = 'refuse',
): Float32Array {
  const width = widthOf(features)
  const encoded = new Float32Array(table.rows.length * width)
  let offset = 0
  for (const { column, categories } of features) {
    const cells = columnOf(table, column)
    for (const [row, cell] of cells.entries()) {
      const at = row * width + offset
      if (categories) encoded[at + indexIn(categories, cell, table, row, column)] = 1
      else encoded[at] = numberIn(cell, table, row, column, rounding)
    }
    offset += categories?.names.length ?? 1
  }
  return encoded
}

/** Numbers per row that features come to. */
export function widthOf(features: readonly Feature[]): number {
  return features.reduce((width, { categories }) => width + (categories?.names.length ?? 1), 0)
}

/** Float targets of a regression, `[rows]`. */
export function encodeNumbers(
  table: Table,
  column: string,
  rounding: Rounding = 'refuse',
): Float32Array {
  return Float32Array.from(columnOf(table, column), (cell, row) =>
    numberIn(cell, table, row, column, rounding),
  )
}

/** Class indices, `[rows]`: bytes where 256 classes are enough. */
export function encodeClasses(
  table: Table,
  column: string,
  classes: Categories,
): Uint8Array | Int32Array {
  const indices = columnOf(table, column).map((cell, row) =>
    indexIn(classes, cell, table, row, column),
  )
  return classes.names.length <= 256 ? Uint8Array.from(indices) : Int32Array.from(indices)
}

/**
 * The different cells of a column over several tables; see {@link namesOf} for those that differ in spelling alone.
 *
 * @throws DataError for an empty cell, and for two spellings of one name unless `spellings` allows them.
 */
export function categoriesOf(
  tables: readonly Table[],
  column: string,
  spellings: Spellings = 'refuse',
): Categories {
  const places = new Map<string, string>()
  for (const table of tables) {
    for (const [row, cell] of columnOf(table, column).entries()) {
      if (!places.has(cell)) places.set(cell, placeOf(table, row, column))
    }
  }
  return namesOf(places, spellings)
}

/**
 * Checks that a table has a column.
 *
 * @throws ConfigError that shows the columns and the closest one.
 */
export function requireColumn(table: Table, column: string, where: string): void {
  if (table.columns.includes(column)) return
  throw new ConfigError(unknownName(where, `column of ${table.path}`, column, table.columns))
}

function columnOf(table: Table, column: string): string[] {
  const index = table.columns.indexOf(column)
  return table.rows.map((row, number) => {
    const cell = row[index]
    // Spaces within quotes are kept by the reader, and are 0 to JavaScript.
    if (cell?.trim()) return cell
    throw new DataError({
      where: placeOf(table, number, column),
      expected: 'the cell must not be empty',
      hint: 'Fill or remove rows with missing values, or leave the column out by `features`.',
    })
  })
}

function numberIn(
  cell: string,
  table: Table,
  row: number,
  column: string,
  rounding: Rounding,
): number {
  const number = Number(cell)
  const refuse = (expected: string, hint: string) =>
    new DataError({ where: placeOf(table, row, column), expected, given: cell, hint })
  if (!Number.isFinite(number) && !isBeyond(cell, number)) {
    throw refuse(
      'the cell must be a number',
      'Name the column in `categorical` to turn its texts into numbers, or leave it out by `features`.',
    )
  }
  const held = Math.fround(number)
  if (!Number.isFinite(held)) {
    throw refuse(
      `the cell must be a number that float32 has, which ends at ${LARGEST}`,
      'Give the column in a larger unit, or leave it out by `features`.',
    )
  }
  if (held === 0 && isNotZero(cell)) {
    throw refuse(
      'the cell must be a number that float32 has, where this one is 0',
      'Give the column in a smaller unit, or leave it out by `features`.',
    )
  }
  if (rounding === 'refuse' && !isHeld(cell, held)) {
    throw refuse(
      `the cell must be a whole number that float32 has, and the nearest is ${held}`,
      'Whole numbers beyond 16,777,216 (2^24) become equal to their neighbours. Set `rounding: nearest` where that is no loss; ' +
        'a number that names something belongs in `categorical`.',
    )
  }
  return held
}

/** The largest of float32. */
const LARGEST = '3.4028235e38'

/** A number, though one that is infinite to JavaScript: the word Infinity is none. */
function isBeyond(cell: string, number: number): boolean {
  return !Number.isNaN(number) && /\d/.test(cell)
}

/** Whether the digits of a cell that JavaScript takes for 0 say something else: `1e-400`. */
function isNotZero(cell: string): boolean {
  return /[1-9]/.test(cell.replace(/e.*$/i, ''))
}

/** Whether a whole number is exactly this one; others are rounded, as all numbers with a fraction are. */
function isHeld(cell: string, held: number): boolean {
  if (Math.abs(held) < 2 ** 24) return true
  const whole = /^\s*([+-]?)(\d+)(?:\.0*)?\s*$/.exec(cell)
  return whole === null || BigInt(`${whole[1] === '-' ? '-' : ''}${whole[2]}`) === BigInt(held)
}

function indexIn(
  { names, index: position }: Categories,
  cell: string,
  table: Table,
  row: number,
  column: string,
): number {
  const index = position.get(cell)
  if (index !== undefined) return index
  throw new DataError({
    where: placeOf(table, row, column),
    expected: `the cell must be one of ${names.join(', ')}`,
    given: cell,
  })
}

/** Names a cell in errors. */
export function placeOf({ path, lines }: Table, row: number, column: string): string {
  return `${path}, line ${lines[row]}, column ${JSON.stringify(column)}`
}
