import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InputEncoding, Plugin, TableEncoding } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream, jsonLines } from '../../src/index.ts'
import { rawField } from '../../src/raw/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('categories as indices')

const TRAIN = [
  ['Pisa', 1, 'flat', 'no'],
  ['', 2, 'flat', 'yes'],
  ['Rome', 3, 'villa', 'no'],
  ['Pisa', 4, 'villa', 'yes'],
] as const
// A town that no row has that is trained on, and one that nobody wrote down.
const TEST = [
  ['Oslo', 5, 'flat', 'no'],
  ['', 6, 'villa', 'yes'],
] as const

const HEADER = ['home town', 'age', 'kind', 'sold']
const common = {
  ...{ target: 'sold', task: 'classification', standardize: false },
  ...{ categorical: ['home town', 'kind'], categories: 'index' },
}

async function write(folder: string): Promise<void> {
  for (const [name, rows] of Object.entries({ train: TRAIN, test: TEST })) {
    const lines = [HEADER, ...rows].map((row) => row.join(','))
    await writeFile(join(folder, `${name}.csv`), `${lines.join('\n')}\n`)
    await writeLines(
      join(folder, `${name}.jsonl`),
      rows.map((row) => Object.fromEntries(row.map((cell, at) => [HEADER[at], cell]))),
    )
  }
}

const features = ['home town', 'age', 'kind']
const FORMS: Readonly<Record<string, readonly [Plugin<'dataset'>, object]>> = {
  csv: [csv, { file: 'train.csv', test: 'test.csv' }],
  'csv-stream': [csvStream, { files: 'train.csv', testFiles: 'test.csv', threads: 0 }],
  'json-lines': [
    jsonLines,
    { files: 'train.jsonl', testFiles: 'test.jsonl', as: 'table', input: features, threads: 0 },
  ],
}

for (const [name, [plugin, options]] of Object.entries(FORMS)) {
  test(`${name}: an input for each category, 0 for missing, 1 for unseen, and one of numbers`, () =>
    withTempFolder(async (folder) => {
      await write(folder)
      const dataset = createAnyDataset(plugin, { ...common, ...options }, { folder })
      const { inputs } = dataset.info
      assert.equal(
        Object.entries(inputs!).map(([key, { dtype, shape, range }]) => [key, dtype, shape, range]),
        [
          ['home_town', 'int32', [1], [0, 3]],
          ['kind', 'int32', [1], [0, 3]],
          ['numbers', 'float32', [1], undefined],
        ],
      )
      const { train, test: tested } = await dataset.load()
      assert.equal((await listed(train, dataset)).inputs, {
        home_town: [2, 0, 3, 2],
        kind: [2, 2, 3, 3],
        numbers: [1, 2, 3, 4],
      })
      assert.equal((await listed(tested, dataset)).inputs, {
        home_town: [1, 0],
        kind: [2, 3],
        numbers: [5, 6],
      })
      // What a file says of it makes the same of a row.
      const encoding = inputs!.home_town!.encoding!
      const make = await rawField(encoding)
      for (const [town, index] of Object.entries({ Pisa: 2, Rome: 3, Oslo: 1, '': 0 })) {
        const said = await make(town, 'here', folder)
        assert.ok(said instanceof Int32Array)
        assert.equal([...said], [index])
        assert.equal(await make({ 'home town': town }, 'here', folder), said)
      }
    }))

  test(`${name}: what a model was trained with stands for what is fitted`, () =>
    withTempFolder(async (folder) => {
      await write(folder)
      const dataset = createAnyDataset(plugin, { ...common, ...options }, { folder })
      const town = dataset.info.inputs!.home_town!.encoding as TableEncoding
      const [column] = town.columns
      const seen: InputEncoding = {
        ...town,
        columns: [{ ...column!, categories: ['Rome', 'Pisa'] } as (typeof town.columns)[0]],
      }
      const { train, inputs, digest } = await dataset.load({ inputs: { home_town: seen } })
      const found = (await listed(train, dataset)).inputs as Record<string, number[]>
      assert.equal(found.home_town, [3, 0, 2, 3])
      assert.equal(inputs!.home_town, seen)
      const own = await dataset.load()
      assert.is.not(own.digest, digest)
      const same = await dataset.load({ inputs: { home_town: JSON.parse(JSON.stringify(town)) } })
      assert.is(same.digest, own.digest)
      const others = { ...town, columns: [{ ...column!, name: 'city' }] } as TableEncoding
      assert.match(
        await refusal(() => dataset.load({ inputs: { home_town: others } })),
        /home_town: the columns must be those that the model was trained with: city \(index\), got "home town \(index\)"/,
      )
    }))
}

test('names that cannot be told apart, numbers among indices and unseen names are refused', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    await writeFile(path, 'a b,a-b,a_b,n,k\nx,y,z,1,p\nx,y,z,2,q\nx,y,z,3,p\n')
    const of = (more: object) =>
      refusal(async () => {
        const options = { file: 'a.csv', target: 'k', task: 'classification', testPart: 1 }
        const dataset = createAnyDataset(
          csv,
          { ...options, categories: 'index', ...more },
          { folder },
        )
        await dataset.load()
      })
    assert.match(
      await of({ categorical: ['a b', 'a_b', 'a-b'] }),
      /csv\.categorical: must have names that differ in letters and digits, and two columns would be the input a_b, got "a_b"/,
    )
    const named = {
      files: 'a.csv',
      outputs: { k: { field: 'k', task: 'classification' } },
      inputs: {
        facts: { field: ['a b', 'n'], categorical: ['a b'], categories: 'index' },
      },
    }
    assert.match(
      await refusal(() => createAnyDataset(csvStream, named, { folder })),
      /csv-stream\.inputs\.facts\.categories: must be one-hot where a column is no category: one input holds numbers or indices, got "n"/,
    )
    const facts = { field: ['a b', 'a_b'], categorical: ['a b', 'a_b'], categories: 'index' }
    const both = createAnyDataset(csvStream, { ...named, inputs: { facts } }, { folder })
    assert.equal(both.info.inputs!.facts!.shape, [2])
    assert.match(
      await refusal(() =>
        createAnyDataset(
          csvStream,
          {
            ...named,
            inputs: { facts: { field: 'n', as: 'numbers', categories: 'index' } },
          },
          { folder },
        ),
      ),
      /dataset\.inputs\.facts\.categories: must be left out but of a table, got "index"/,
    )
    await writeFile(join(folder, 'b.csv'), 'a b,a-b,a_b,n,k\nnew,y,z,1,p\n')
    assert.match(
      await of({ categorical: ['a b'], features: ['a b'], test: 'b.csv', unseen: 'refuse' }),
      /b\.csv, line 2, column "a b": the cell must be one of x, as the rows that were trained on have no other, got "new"/,
    )
  }))

test.run()
