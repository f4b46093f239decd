import { isAscii } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { type Decimal, isWithComma, withPoint } from '../tables/decimal.ts'
import { encodingNamed, isDecoded, markIn } from '../tables/decode-text.ts'
import { isMissing, kindOfClasses } from '../tables/missing.ts'
import { readCsv, type Table } from '../tables/read-csv.ts'
import { answersIn, inOrder, listedIn, type NameCount, namesInCell } from './labels.ts'

/** What a column holds. */
export interface ColumnFacts {
  readonly name: string
  /** `text` is a category where it has few values, and of no use here where each row has its own. */
  readonly kind: 'number' | 'text'
  /** Cells that say nothing. */
  readonly missing: number
  /** Those of the test table; undefined where it has no such column, or there is none. */
  readonly testMissing?: number | undefined
  /** Names that only the test table has, of lists and of columns of few values. */
  readonly onlyTested?: readonly string[] | undefined
  /** Values that differ. */
  readonly distinct: number
  /** Of numbers. */
  readonly range?: readonly [number, number] | undefined
  /** Whether all numbers are whole. */
  readonly isWhole?: boolean | undefined
  /** Each value and how often it is there, for columns of few. */
  readonly counts: readonly NameCount[]
  /** How often the rarest and the most frequent value are there, of however many; undefined where there is none. */
  readonly countRange?: readonly [least: number, most: number] | undefined
  /** Of a column that says yes or no: how often each. */
  readonly answers?: { readonly yes: number; readonly no: number } | undefined
  /** Of a column of lists: each name in them and how often it is there. */
  readonly listed?: readonly NameCount[] | undefined
}

/** What a table holds. */
export interface TableFacts {
  readonly kind: 'table'
  readonly file: string
  readonly test?: string | undefined
  readonly delimiter: string
  /** A comma, where numbers have one for their decimal sign; else it is left out. */
  readonly decimal?: Decimal | undefined
  /** What it is taken to be in; left out for UTF-8, and for what a byte order mark says. */
  readonly encoding?: string | undefined
  readonly rows: number
  readonly testRows?: number | undefined
  readonly columns: readonly ColumnFacts[]
  /** Rows that are there more than once. */
  readonly copies: number
  /** Rows of the test table that are in the other, too. */
  readonly leaks: number
}

/** Of a column that may be classes or categories. */
export const MOST_NAMES = 50

const DELIMITERS = [',', ';', '\t', '|']

/**
 * Looks at a table, and at another to test with.
 *
 * @throws DataError as the dataset `csv` would.
 */
export async function lookAtTable(file: string, test?: string): Promise<TableFacts> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0))
  const testBytes =
    test === undefined ? undefined : await readFile(test).catch(() => Buffer.alloc(0))
  const all = testBytes === undefined ? [bytes] : [bytes, testBytes]
  const encoding = all.every(isDecoded) ? undefined : OTHERWISE
  // Of ASCII it does not matter what it is taken for.
  if (encoding !== undefined && all.some((each) => isDecoded(each) && !isAscii(each))) {
    throw new DataError({
      where: test!,
      expected: `must be in the encoding of ${file}: one of them is UTF-8, and the other is not`,
      hint: 'Save both as UTF-8: one `encoding` is said of them.',
    })
  }
  const delimiter = delimiterOf(bytes, encoding)
  const format = { delimiter, otherwise: OTHERWISE }
  const table = readCsv(file, format)
  const tested = test === undefined ? undefined : readCsv(test, format)
  const decimal = decimalOf(table, delimiter)
  const keys = table.rows.map((row) => JSON.stringify(row))
  const known = new Set(keys)
  return {
    kind: 'table',
    file,
    delimiter,
    rows: table.rows.length,
    ...(decimal !== undefined && { decimal }),
    ...(encoding !== undefined && { encoding }),
    columns: table.columns.map((name, at) => {
      const column = lookAtColumn({ ...table, decimal }, at)
      const testMissing =
        tested &&
        missingIn(
          tested,
          name,
          kindOfClasses(
            table.rows.map((row) => row[at]),
            decimal,
          ),
        )
      const onlyTested = tested && namesOnlyIn(tested, column)
      return {
        ...column,
        ...(testMissing !== undefined && { testMissing }),
        ...(onlyTested && onlyTested.length > 0 && { onlyTested }),
      }
    }),
    copies: keys.length - known.size,
    ...(tested && { test, testRows: tested.rows.length }),
    leaks: tested?.rows.filter((row) => known.has(JSON.stringify(row))).length ?? 0,
  }
}

/** Western European, as spreadsheets write it; every text can be read so. */
const OTHERWISE = 'windows-1252'

/** A comma, where all numbers with a fraction have one, and none has a point that parts no thousands. */
function decimalOf({ columns, rows }: Table, delimiter: string): Decimal | undefined {
  if (delimiter === ',') return undefined
  const columnsOfNumbers = columns
    .map((_, at) => rows.map((row) => row[at] ?? '').filter((cell) => !isMissing(cell, 'number')))
    .filter(
      (cells) => cells.length > 0 && cells.every((each) => isWithComma(each) || isPlain(each)),
    )
  const cells = columnsOfNumbers.flat()
  const areSure = cells.every(isWithComma) && cells.some((each) => each.includes(','))
  return areSure ? ',' : undefined
}

/** Cells of a column that say nothing; undefined where there is no such column. */
function missingIn(
  { columns, rows }: Table,
  name: string,
  kind: 'number' | 'category',
): number | undefined {
  const at = columns.indexOf(name)
  if (at < 0) return undefined
  return rows.filter((row) => isMissing(row[at], kind)).length
}

/** Names of a table to test with that a column of the other has not, in their order. */
function namesOnlyIn(
  { columns, rows }: Table,
  { name, kind, answers, counts, listed }: ColumnFacts,
): string[] {
  const at = columns.indexOf(name)
  const known = new Set((listed ?? counts).map((each) => each.name))
  if (at < 0 || known.size === 0) return []
  const found = rows.flatMap((row) => {
    const cell = row[at] ?? ''
    if (isMissing(cell, kind === 'number' || answers ? 'number' : 'category')) return []
    return listed ? namesInCell(cell) : [cell]
  })
  return [...new Set(found)].filter((each) => !known.has(each)).sort()
}

const isPlain = (cell: string) => Number.isFinite(Number(cell))

function lookAtColumn({ columns, rows, decimal }: Table, at: number): ColumnFacts {
  const cells = rows.map((row) => row[at] ?? '')
  const given = cells.filter((cell) => !isMissing(cell, 'number'))
  const numbers = given.map((cell) => Number(withPoint(cell, decimal)))
  const isNumber = given.length > 0 && numbers.every(Number.isFinite)
  // As the dataset reads a target.
  const kind = kindOfClasses(given, decimal)
  const named = kind === 'number' ? given : cells.filter((cell) => !isMissing(cell, kind))
  const counts = new Map<string, number>()
  for (const cell of named) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const countRange = rangeOf([...counts.values()])
  const answers = answersIn(counts)
  const listed = isNumber ? undefined : listedIn(counts)
  return {
    name: columns[at]!,
    kind: isNumber ? 'number' : 'text',
    missing: rows.length - named.length,
    distinct: counts.size,
    ...(isNumber && {
      range: rangeOf(numbers),
      isWhole: numbers.every(Number.isInteger),
    }),
    counts: counts.size > MOST_NAMES ? [] : inOrder(counts),
    ...(countRange && { countRange }),
    ...(answers && { answers }),
    ...(listed && { listed }),
  }
}

/** The least and the most of some numbers, which may be more than a call takes. */
function rangeOf(numbers: readonly number[]): readonly [number, number] | undefined {
  if (numbers.length === 0) return undefined
  return [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))]
}

/**
 * Features that tell the target without anything to learn: each of their values goes with one target alone, though they have few. What is known only
 * together with the target is such a column.
 */
export function tellTales(file: string, delimiter: string, target: string): string[] {
  const { columns, rows } = readCsv(file, { delimiter, otherwise: OTHERWISE })
  const own = columns.indexOf(target)
  return columns.filter((_, at) => {
    if (at === own) return false
    const targets = new Map<string, string>()
    const seen = new Set<string>()
    for (const row of rows) {
      const [value = '', label = ''] = [row[at], row[own]]
      if ((targets.get(value) ?? label) !== label) return false
      targets.set(value, label)
      seen.add(label)
    }
    // A value for every row tells nothing of rows to come, and a constant nothing at all.
    return targets.size > 1 && seen.size > 1 && targets.size <= Math.max(2, rows.length / 5)
  })
}

/** What stands between the cells of the first row. */
function delimiterOf(bytes: Buffer, encoding: string | undefined): string {
  const [first = ''] = new TextDecoder(encoding ?? encodingNamed(markIn(bytes) ?? 'utf-8'))
    .decode(bytes.subarray(0, 65_536))
    .split(/\r\n|\n|\r/)
  const plain = first.replaceAll(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((each) => plain.split(each).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}
