import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset, TableEncoding } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mix } from '../../src/index.ts'
import { csv } from '../../src/tables/csv.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('mix')

/** Two tables of one column each: 0 to 9, and 1000 to 1009. */
const mixed = (action: (dataset: Dataset) => Promise<void>) =>
  withTempFolder(async (folder) => {
    const of = []
    for (const [name, from] of [
      ['a.csv', 0],
      ['b.csv', 1000],
    ] as const) {
      const lines = Array.from({ length: 12 }, (_, row) => `${from + row},${row}`)
      await writeFile(join(folder, name), `n,y\n${lines.join('\n')}\n`)
      of.push({ name: 'csv', file: name, testPart: 2 })
    }
    const factory = (_: unknown, __: string) => (own: object) =>
      createAnyDataset(csv, { target: 'y', task: 'regression', ...own }, { folder })
    await action(createAnyDataset(mix, { of }, { folder, factory: factory as never }))
  })

const meanOf = (encoding: unknown): number => {
  const [column] = (encoding as TableEncoding).columns
  return column?.kind === 'number' ? (column.mean ?? Number.NaN) : Number.NaN
}

test('tables are all read by what is fitted to the first of them', () =>
  mixed(async (dataset) => {
    const { train, input } = await dataset.load()
    assert.is(meanOf(input), meanOf(dataset.info.input))
    const numbers = [(await listed(train, dataset)).inputs].flat(2) as number[]
    // A thousand away in the table, and so in what the model sees, by the same measure.
    const { std } = (input as TableEncoding).columns[0] as { std: number }
    assert.ok(Math.min(...numbers.slice(10)) > (1000 - meanOf(input) - 12) / std, `${numbers}`)
    assert.ok(Math.max(...numbers.slice(0, 10)) < 3)
  }))

test('a run that says nothing of its data has all tables read by the first as well', () =>
  mixed(async (dataset) => {
    const { train } = await dataset.load()
    const again = await dataset.load({ input: undefined, inputs: undefined })
    assert.equal(await listed(again.train, dataset), await listed(train, dataset))
  }))

test('tables with other categories are as wide as what a model has seen', () =>
  withTempFolder(async (folder) => {
    const seen = 'pqr'
    // The label says which of the categories that have been seen: 0 of those that have not.
    const write = (name: string, towns: string) => {
      const lines = [...towns].map((town) => `${town},${seen.indexOf(town) + 1}`)
      return writeFile(join(folder, name), `town,y\n${lines.join('\n')}\n`)
    }
    await write('own.csv', 'pqrpqrpqr')
    await write('more.csv', 'rstupqrstu')
    await write('fewer.csv', 'rprprrprpp')
    const factory = (_: unknown, __: string) => (own: object) =>
      createAnyDataset(csv, { target: 'y', task: 'regression', ...own }, { folder })
    const made = (name: string) => {
      const of = { name: 'csv', file: name, categorical: ['town'], testPart: 2 }
      return createAnyDataset(mix, { of: [of, of] }, { folder, factory: factory as never })
    }
    const own = made('own.csv')
    const { input } = await own.load()
    for (const name of ['more.csv', 'fewer.csv']) {
      const { train, test: held } = await made(name).load({ input })
      for (const split of [train, held]) {
        const { inputs, labels } = await listed(split, own)
        const wanted = (labels as number[]).flatMap((at) => [1, 2, 3].map((each) => +(each === at)))
        assert.equal(inputs, wanted, name)
      }
    }
  }))

test('each fold of a cross-validation is fitted to its own rows', () =>
  mixed(async (dataset) => {
    const { train, refit } = await dataset.load()
    const before = await listed(train, dataset)
    // Of the first table, whose column is its label, two rows alone; of the second any.
    const again = await refit!(Uint32Array.of(0, 3, 12, 15))
    const [one, other] = [0, 3].map((row) => (train.labels as Float32Array)[row]!) as [
      number,
      number,
    ]
    assert.is(meanOf(again.input), (one + other) / 2)
    assert.is(again.train.length, train.length)
    assert.not.equal(await listed(again.train, dataset), before)
    // With none of the first there is nothing to fit to.
    assert.is(meanOf((await refit!(Uint32Array.of(12, 15))).input), meanOf(dataset.info.input))
  }))

test.run()
