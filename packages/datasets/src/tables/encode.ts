import { ConfigError, DataError, unknownName } from '@ashlar/errors'
import type { Table } from './read-csv.ts'

/** A column of a table as numbers: itself, or one number per category of which one is 1 and the others 0. */
export interface Feature {
  readonly column: string
  readonly categories?: readonly string[]
}

/**
 * Features as numbers, row after row, in the order of `features`.
 *
 * @throws DataError that names file, line and column when a cell is no number or a category that was not declared.
 */
export function encodeFeatures(table: Table, features: readonly Feature[]): Float32Array {
  const width = widthOf(features)
  const encoded = new Float32Array(table.rows.length * width)
  let offset = 0
  for (const { column, categories } of features) {
    const cells = columnOf(table, column)
    const position = new Map(categories?.map((category, index) => [category, index]))
    for (const [row, cell] of cells.entries()) {
      const at = row * width + offset
      if (categories) encoded[at + indexIn(position, cell, table, row, column)] = 1
      else encoded[at] = numberIn(cell, table, row, column)
    }
    offset += categories?.length ?? 1
  }
  return encoded
}

/** Numbers per row that features come to. */
export function widthOf(features: readonly Feature[]): number {
  return features.reduce((width, { categories }) => width + (categories?.length ?? 1), 0)
}

/** Float targets of a regression, `[rows]`. */
export function encodeNumbers(table: Table, column: string): Float32Array {
  return Float32Array.from(columnOf(table, column), (cell, row) =>
    numberIn(cell, table, row, column),
  )
}

/** Class indices, `[rows]`: bytes where 256 classes are enough. */
export function encodeClasses(
  table: Table,
  column: string,
  classes: readonly string[],
): Uint8Array | Int32Array {
  const position = new Map(classes.map((name, index) => [name, index]))
  const indices = columnOf(table, column).map((cell, row) =>
    indexIn(position, cell, table, row, column),
  )
  return classes.length <= 256 ? Uint8Array.from(indices) : Int32Array.from(indices)
}

/** The different cells of a column over several tables: numbers by size, other texts by code point. */
export function categoriesOf(tables: readonly Table[], column: string): readonly string[] {
  const categories = [...new Set(tables.flatMap((table) => columnOf(table, column)))]
  const numeric = categories.every((category) => category !== '' && !Number.isNaN(Number(category)))
  return numeric ? categories.sort((a, b) => Number(a) - Number(b)) : categories.sort()
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
    if (cell) return cell
    throw new DataError({
      where: placeOf(table, number, column),
      expected: 'the cell must not be empty',
      hint: 'Fill or remove rows with missing values, or leave the column out by `features`.',
    })
  })
}

function numberIn(cell: string, table: Table, row: number, column: string): number {
  const number = Number(cell)
  if (Number.isFinite(number)) return number
  throw new DataError({
    where: placeOf(table, row, column),
    expected: 'the cell must be a number',
    given: cell,
    hint: 'Name the column in `categorical` to turn its texts into numbers, or leave it out by `features`.',
  })
}

function indexIn(
  position: ReadonlyMap<string, number>,
  cell: string,
  table: Table,
  row: number,
  column: string,
): number {
  const index = position.get(cell)
  if (index !== undefined) return index
  throw new DataError({
    where: placeOf(table, row, column),
    expected: `the cell must be one of ${[...position.keys()].join(', ')}`,
    given: cell,
  })
}

function placeOf({ path, lines }: Table, row: number, column: string): string {
  return `${path}, line ${lines[row]}, column ${JSON.stringify(column)}`
}
