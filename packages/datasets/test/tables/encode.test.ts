import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  categoriesOf,
  encodeClasses,
  encodeFeatures,
  encodeNumbers,
  requireColumn,
  widthOf,
} from '../../src/tables/encode.ts'
import type { Table } from '../../src/tables/read-csv.ts'
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

const test = suite('encode')

test('puts numbers and categories side by side', () => {
  const features = [{ column: 'city', categories: ['Bern', 'Oslo'] }, { column: 'age' }]
  assert.is(widthOf(features), 3)
  assert.equal([...encodeFeatures(table, features)], [0, 1, 1.5, 1, 0, -2000, 0, 1, 16])
})

test('sorts numbers by size and texts by code point', () => {
  assert.equal(categoriesOf([table], 'id'), ['9', '10'])
  assert.equal(categoriesOf([table, { ...table, rows: [['1', 'Łódź', '1', 'x']] }], 'city'), [
    'Bern',
    'Oslo',
    'Łódź',
  ])
})

test('encodes targets', () => {
  assert.equal(encodeNumbers(table, 'id'), Float32Array.of(10, 9, 10))
  assert.equal(encodeClasses(table, 'city', ['Bern', 'Oslo']), Uint8Array.of(1, 0, 1))
  const many = Array.from({ length: 300 }, (_, i) => `${i}`)
  assert.equal(encodeClasses(table, 'id', many), Int32Array.of(10, 9, 10))
})

test('names the cell that is empty, no number, or no known category', async () => {
  await rejects(
    () => encodeNumbers(table, 'note'),
    DataError,
    't.csv, line 2, column "note": the cell must not be empty\n  Fill or remove rows with missing values, or leave the column out by `features`.',
  )
  await rejects(
    () => encodeFeatures(table, [{ column: 'city' }]),
    DataError,
    't.csv, line 2, column "city": the cell must be a number, got "Oslo"\n  Name the column in `categorical` to turn its texts into numbers, or leave it out by `features`.',
  )
  await rejects(
    () => encodeClasses(table, 'city', ['Oslo', 'Rome']),
    DataError,
    't.csv, line 3, column "city": the cell must be one of Oslo, Rome, got "Bern"',
  )
})

test('suggests the closest column', () =>
  rejects(
    () => requireColumn(table, 'citi', 'csv.target'),
    ConfigError,
    'csv.target: column of t.csv must be one of age, city, id, note, got "citi"\n  Did you mean "city"?',
  ))

test.run()
