import type { ImageEncoding, TableEncoding } from '@ashlar/core/encoding'
import sharp from 'sharp'
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
  assert.equal([...(await made({ a: 3, kind: 'dog' }, 'line 1', '.'))], [3, 3])
  assert.equal([...(await made({ kind: 'dog' }, 'line 1', '.'))], [Number.NaN, 3])
})

test('names that the model makes categories of are indices: 0 missing, 1 unseen, then the categories', async () => {
  const city = {
    ...{ kind: 'category' as const, name: 'city', categories: ['Pisa', 'Rome'] },
    ...{ spellings: { rome: 'Rome' }, fill: 'Pisa', indicator: true, unseen: 'ignore' as const },
  }
  const whole: TableEncoding = { ...table, inGraph: true, columns: [city] }
  const made = await rawField(whole)
  const of = async (name: string) => [...(await made({ city: name }, 'line 1', '.'))]
  for (const [name, index] of Object.entries({ '': 0, Oslo: 1, Pisa: 2, Rome: 3, rome: 3 })) {
    assert.equal(await of(name), [index], name)
  }
  // What one-hot refuses stays refused.
  const strict = await rawField({
    ...whole,
    columns: [{ kind: 'category', name: 'city', categories: ['Pisa'], unseen: 'refuse' }],
  })
  const refused = async (name: string) => {
    try {
      await strict({ city: name }, 'line 1', '.')
    } catch (error) {
      return (error as Error).message
    }
    return 'taken'
  }
  assert.match(await refused('Oslo'), /line 1, column "city": the cell must be one of Pisa/)
  assert.match(await refused(''), /line 1, column "city": the cell must not be empty/)
})

test('a grey picture for a model that mixes colours itself is grey in all three', async () => {
  const colour = { r: 200, g: 40, b: 90 }
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: colour } })
    .png()
    .toBuffer()
  const grey: ImageEncoding = { kind: 'image', height: 2, width: 2, channels: 1, fit: 'fill' }
  const path = `data:image/png;base64,${png.toString('base64')}`
  const numbers = async (input: ImageEncoding) => [
    ...(await (await rawField(input))(path, 'line 1', '.')),
  ]
  const [byte, ...more] = await numbers({ ...grey, inGraph: true })
  assert.equal(more, [byte, byte, byte])
  assert.equal(await numbers({ ...grey, inGraph: true, colors: true }), Array(12).fill(byte))
})

test.run()
