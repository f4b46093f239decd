import type { TableEncoding } from '@ashlar/core'
import { widthOfColumn } from '@ashlar/core/encoding'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  categoriesOf,
  encodeClasses,
  encodeNumbers,
  encodeTable,
  requireColumn,
} from '../../src/tables/encode.ts'
import type { Table } from '../../src/tables/read-csv.ts'
import { namesOf } from '../../src/tables/spellings.ts'
import { rejects } from '../support/errors.ts'

const table: Table = {
  path: 't.csv',
  columns: ['age', 'city', 'id', 'note'],
  rows: [
    ['1.5', 'Oslo', '10', ''],
    ['-2e3', 'Bern', '9', 'x'],
    ['0x10', 'Oslo', '10', 'x'],
  ],
  lines: [2, 3, 4],
}

const names = (...all: string[]) => namesOf(new Map(all.map((name) => [name, 'somewhere'])), 'keep')
const asEncoding = (...columns: TableEncoding['columns']): TableEncoding => ({
  kind: 'table',
  delimiter: ',',
  columns,
})
const test = suite('encode')

test('puts numbers and categories side by side', () => {
  const city = {
    kind: 'category',
    name: 'city',
    categories: ['Bern', 'Oslo'],
    unseen: 'refuse',
  } as const
  const age = { kind: 'number', name: 'age' } as const
  assert.is(widthOfColumn(city), 2)
  assert.equal([...encodeTable(table, asEncoding(city, age))], [0, 1, 1.5, 1, 0, -2000, 0, 1, 16])
})

test('sorts numbers by size and texts by code point', () => {
  assert.equal(categoriesOf([table], 'id').names, ['9', '10'])
  const more = { ...table, rows: [['1', 'Łódź', '1', 'x']] }
  assert.equal(categoriesOf([table, more], 'city').names, ['Bern', 'Oslo', 'Łódź'])
})

test('encodes targets', () => {
  assert.equal(encodeNumbers(table, 'id'), Float32Array.of(10, 9, 10))
  assert.equal(encodeClasses(table, 'city', names('Bern', 'Oslo')), Uint8Array.of(1, 0, 1))
  const many = Array.from({ length: 300 }, (_, i) => `${i}`)
  assert.equal(encodeClasses(table, 'id', names(...many)), Int32Array.of(10, 9, 10))
})

test('names the cell that is empty, no number, or no known category', async () => {
  await rejects(
    () => encodeNumbers(table, 'note'),
    DataError,
    't.csv, line 2, column "note": the cell must not be empty\n  Say what to do with missing values: `missing: median` fills them, `missing: drop` leaves their rows out; or leave the column out by `features`.',
  )
  await rejects(
    () => encodeTable(table, asEncoding({ kind: 'number', name: 'city' })),
    DataError,
    't.csv, line 2, column "city": the cell must be a number, got "Oslo"\n  Name the column in `categorical` to turn its texts into numbers, or leave it out by `features`.',
  )
  await rejects(
    () => encodeClasses(table, 'city', names('Oslo', 'Rome')),
    DataError,
    't.csv, line 3, column "city": the cell must be one of Oslo, Rome, got "Bern"',
  )
})

/** One column of numbers, and what is refused of it. */
const numbers = (cell: string, ...rounding: ['nearest'] | []) =>
  encodeNumbers({ path: 't.csv', columns: ['n'], rows: [[cell]], lines: [2] }, 'n', ...rounding)[0]

test('holds every number that float32 has, and refuses what would become another', async () => {
  for (const [cell, number] of [
    ['3.4028234663852886e38', 3.4028234663852886e38],
    ['3.40282356e38', 3.4028234663852886e38],
    ['1.4e-45', 2 ** -149],
    ['-1e-40', Math.fround(-1e-40)],
    ['0e99', 0],
    ['-0.000', -0],
    ['16777216', 2 ** 24],
    ['16777218.0', 2 ** 24 + 2],
    ['-123456789.5', Math.fround(-123456789.5)],
    ['6.02e23', Math.fround(6.02e23)],
    ['36893488147419103232', 2 ** 65],
    [' 7 ', 7],
  ] as const) {
    assert.is(numbers(cell), Math.fround(number), cell)
  }
  const refusals: [string, RegExp][] = [
    ['1e39', /which ends at 3\.4028235e38, got "1e39"\n {2}Give the column in a larger unit/],
    ['3.40282357e38', /which ends at/],
    ['-1e400', /which ends at/],
    ['1e-50', /where this one is 0, got "1e-50"\n {2}Give the column in a smaller unit/],
    ['-1e-400', /where this one is 0/],
    ['16777217', /the nearest is 16777216, got "16777217"\n {2}Whole numbers beyond 16,777,216/],
    ['-16777217.00', /the nearest is -16777216/],
    ['1700000000123', /the nearest is 1700000038912/],
    ['99999999999999999999', /the nearest is 100000002004087730000/],
    ['Infinity', /must be a number, got "Infinity"/],
    ['NaN', /must be a number, got "NaN"/],
    ['1,5', /must be a number, got "1,5"/],
    ['1_000', /must be a number/],
    ['12abc', /must be a number/],
    ['  ', /must not be empty/],
    ['\t', /must not be empty/],
  ]
  for (const [cell, message] of refusals) {
    await rejects(() => numbers(cell), DataError, message)
  }
  assert.is(numbers('16777217', 'nearest'), 2 ** 24)
  await rejects(() => numbers('1e39', 'nearest'), DataError, /which ends at/)
})

test('suggests the closest column', () =>
  rejects(
    () => requireColumn(table, 'citi', 'csv.target'),
    ConfigError,
    'csv.target: column of t.csv must be one of age, city, id, note, got "citi"\n  Did you mean "city"?',
  ))

test.run()
