import type { TableEncoding } from '@ashlar/core/encoding'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rawField } from '../../src/raw/field.ts'

const test = suite('fields of raw data')

const table: TableEncoding = {
  kind: 'table',
  delimiter: ',',
  columns: [
    { kind: 'number', name: 'a', mean: 1, std: 2, fill: 5 },
    { kind: 'category', name: 'kind', categories: ['cat', 'dog'], unseen: 'ignore' },
  ],
}

test('cells by column are as a table that is read from a file: what is large is rounded', async () => {
  const made = await rawField(table)
  const of = async (cells: object) => [...(await made(cells, 'line 1', '.'))]
  assert.equal(await of({ a: 3, kind: 'dog' }), [1, 0, 1])
  assert.equal(await of({ kind: 'cat' }), [2, 1, 0])
  assert.equal(await of({ a: 2 ** 24 + 1, kind: 'cat' }), [(2 ** 24 - 1) / 2, 1, 0])
})

test('a table that the model scales itself is left as it is, and what it fills is NaN', async () => {
  const made = await rawField({ ...table, inGraph: true })
  assert.equal([...(await made({ a: 3, kind: 'dog' }, 'line 1', '.'))], [3, 0, 1])
  assert.equal([...(await made({ kind: 'dog' }, 'line 1', '.'))], [Number.NaN, 0, 1])
})

test.run()
