import {
  type CategoryColumn,
  type IndexColumn,
  type NumberColumn,
  RESERVED,
  type TableColumn,
  type TableEncoding,
  widthOfColumn,
} from '@ashlar/core/encoding'
import { ConfigError, DataError, unknownName } from '@ashlar/errors'
import { COMMA_HINT, isByPoint, isWithComma, POINT_HINT, withPoint } from './decimal.ts'
import { isMissing } from './missing.ts'
import type { Table } from './read-csv.ts'
import { type Categories, namesOf, type Spellings } from './spellings.ts'

/** What becomes of whole numbers that float32 does not have. */
export type Rounding = 'refuse' | 'nearest'

/** A column to predict from: numbers, or one of the categories that all tables know. */
export interface Feature {
  readonly column: string
  readonly categories?: Categories
}

/**
 * The cells of a table as numbers, row after row, as an encoding says: one for each column where the file makes samples itself.
 *
 * @throws DataError that names file, line and column when a cell is missing and nothing stands for it, is no number, a number that float32 does not have, or
 *   a category that no training sample had, unless those are to be ignored.
 */
export function encodeTable(
  table: Table,
  encoding: TableEncoding,
  rounding: Rounding = 'refuse',
): Float32Array {
  return tableEncoder(encoding, table.columns, rounding)(table)
}

/**
 * {@link encodeTable} for many tables of the same columns: what an encoding comes to is found once.
 *
 * @param header the columns of the tables.
 */
export function tableEncoder(
  { columns, inGraph }: TableEncoding,
  header: readonly string[],
  rounding: Rounding,
): (table: Table) => Float32Array {
  let width = 0
  const writers = columns.map((column) => {
    const offset = width
    const own = inGraph ? 1 : widthOfColumn(column)
    width += own
    const write = inGraph ? rawWriterOf(column) : writerOf(column)
    return { column, index: header.indexOf(column.name), offset, own, write }
  })
  return (table) => {
    const encoded = new Float32Array(table.rows.length * width)
    for (const { column, index, offset, own, write } of writers) {
      for (const [row, cells] of table.rows.entries()) {
        const cell = cells[index]
        const at = row * width + offset
        const lacks = isMissing(cell, column.kind === 'number' ? 'number' : 'category')
        if (lacks && column.fill === undefined && column.kind !== 'index') {
          throw missingCell(placeOf(table, row, column.name))
        }
        write(encoded.subarray(at, at + own), lacks ? undefined : cell!, { table, row, rounding })
        if (lacks && column.indicator && !inGraph) encoded[at + own - 1] = 1
      }
    }
    return encoded
  }
}

/** Where a cell stands. */
interface CellPlace {
  readonly table: Table
  readonly row: number
  readonly rounding: Rounding
}

/** Writes the numbers of a cell; of one that is missing, those of what stands for it. */
type Writer = (to: Float32Array, cell: string | undefined, place: CellPlace) => void

function writerOf(column: TableColumn): Writer {
  if (column.kind === 'number') return numberWriter(column)
  return column.kind === 'index' ? indexWriter(column) : categoryWriter(column)
}

/** A cell as a file takes it that makes samples itself: the number as it stands there, NaN where it is missing, and the index of a name. */
function rawWriterOf(column: TableColumn): Writer {
  if (column.kind !== 'number') return indexWriter(column)
  return numberWriter({ kind: 'number', name: column.name, fill: Number.NaN })
}

function numberWriter({ name, fill, mean = 0, std = 1 }: NumberColumn): Writer {
  return (to, cell, { table, row, rounding }) => {
    const number = cell === undefined ? fill! : numberIn(cell, table, row, name, rounding)
    to[0] = (number - mean) / std
  }
}

function categoryWriter(column: CategoryColumn): Writer {
  const placeOfName = placesOf(column)
  return (to, cell, place) => {
    const at = placeOfName(cell ?? column.fill!, place)
    if (at !== undefined) to[at] = 1
  }
}

function indexWriter(column: IndexColumn | CategoryColumn): Writer {
  const placeOfName = placesOf(column)
  return (to, cell, place) => {
    const at = cell === undefined ? undefined : placeOfName(cell, place)
    if (at !== undefined) to[0] = RESERVED.first + at
    else to[0] = cell === undefined ? RESERVED.missing : RESERVED.unseen
  }
}

/** Finds the place of a name among the categories of a column; undefined for one that is none of them, where that is no error. */
function placesOf({ name, categories, spellings = {}, unseen }: CategoryColumn | IndexColumn) {
  const places = new Map(categories.map((each, at) => [each, at]))
  return (text: string, { table, row }: CellPlace): number | undefined => {
    const known = Object.hasOwn(spellings, text) ? spellings[text]! : text
    const at = places.get(known)
    if (at !== undefined || unseen === 'ignore') return at
    throw new DataError({
      where: placeOf(table, row, name),
      expected: `the cell must be one of ${shownOf(categories)}, as the rows that were trained on have no other`,
      given: text,
      hint: 'With `unseen: ignore` such a cell counts as none of them.',
    })
  }
}

/** As many names as a message can show. */
function shownOf(names: readonly string[]): string {
  const most = 20
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
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

/** Class indices, `[rows]`. */
export function encodeClasses(
  table: Table,
  column: string,
  classes: Categories,
): Uint8Array | Int32Array {
  const indices = columnOf(table, column).map((cell, row) =>
    indexIn(classes, cell, table, row, column),
  )
  return classIndices(indices, classes.names.length)
}

/** Class indices as they are held: bytes where 256 classes are enough. */
export function classIndices(indices: ArrayLike<number>, classes: number): Uint8Array | Int32Array {
  return classes <= 256 ? Uint8Array.from(indices) : Int32Array.from(indices)
}

/**
 * The different cells of a column over several tables; see {@link namesOf} for those that differ in spelling alone.
 *
 * @param mayMiss whether empty cells are passed over.
 * @throws DataError for an empty cell, and for two spellings of one name unless `spellings` allows them.
 */
export function categoriesOf(
  tables: readonly Table[],
  column: string,
  spellings: Spellings = 'refuse',
  mayMiss = false,
): Categories {
  const places = new Map<string, string>()
  for (const table of tables) {
    for (const [row, cell] of cellsOf(table, column).entries()) {
      if (isMissing(cell, 'category')) {
        if (!mayMiss) throw missingCell(placeOf(table, row, column))
      } else if (!places.has(cell!)) places.set(cell!, placeOf(table, row, column))
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

/** The cells of a column, row after row. */
export function cellsOf(table: Table, column: string): (string | undefined)[] {
  const index = table.columns.indexOf(column)
  return table.rows.map((row) => row[index])
}

/** The same where none may be missing. */
function columnOf(table: Table, column: string): string[] {
  return cellsOf(table, column).map((cell, row) => {
    if (isMissing(cell, 'category')) throw missingCell(placeOf(table, row, column))
    return cell!
  })
}

/** A cell is empty that must not be. */
export function missingCell(where: string): DataError {
  return new DataError({
    where,
    expected: 'the cell must not be empty',
    hint: 'Say what to do with missing values: `missing: median` fills them, `missing: drop` leaves their rows out; or leave the column out by `features`.',
  })
}

/** A cell as the number that float32 holds of it. */
export function numberIn(
  given: string,
  table: Table,
  row: number,
  column: string,
  rounding: Rounding,
): number {
  const cell = withPoint(given, table.decimal)
  const number = Number(cell)
  const refuse = (expected: string, hint: string) =>
    new DataError({ where: placeOf(table, row, column), expected, given, hint })
  if (isByPoint(given, table.decimal)) {
    throw refuse(
      'the cell must be a number whose decimal sign is a comma, with points between groups of three digits at most',
      POINT_HINT,
    )
  }
  if (!Number.isFinite(number) && !isBeyond(cell, number)) {
    throw refuse(
      'the cell must be a number',
      isWithComma(cell)
        ? COMMA_HINT
        : 'Name the column in `categorical` to turn its texts into numbers, or leave it out by `features`.',
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
  const line = lines[row]
  return `${path}${line === undefined ? '' : `, line ${line}`}, column ${JSON.stringify(column)}`
}
