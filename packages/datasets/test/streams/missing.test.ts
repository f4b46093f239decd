import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset, Plugin, TableEncoding } from '@ashlar/core'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { csv, csvStream, jsonLines, parquet, webdataset } from '../../src/index.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('missing cells of streamed tables')
const some = oneIn(16, { test, slow })

/** A record; what is left out is missing. */
interface Row {
  readonly age?: number
  readonly income?: number
  readonly year?: number
  readonly town?: string
  readonly kind?: string
}

function rows(count: number): Row[] {
  const random = seedrandom.alea('missing cells')
  const mostly = <T>(value: T) => (random() < 0.75 ? value : undefined)
  return Array.from({ length: count }, (_, id) => {
    const all = {
      age: mostly(Math.floor(random() * 9)),
      income: mostly(Math.round(random() * 1e6) / 64 - 4000),
      year: 1950 + Math.floor(random() * 7) * 10,
      town: mostly(['Überlingen', 'Bonn', '7', '11'][Math.floor(random() * 4)]!),
      // Rare, and then often without what it is predicted from.
      kind: id % 11 === 10 ? undefined : ['yes', 'no', 'perhaps'][id % 29 === 3 ? 2 : id % 2]!,
    }
    return Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined))
  })
}

const COLUMNS = ['age', 'income', 'year', 'town', 'kind'] as const
const FEATURES = ['age', 'income', 'year', 'town']

async function writeTable(path: string, all: readonly Row[]): Promise<void> {
  const lines = all.map((row, at) =>
    COLUMNS.map((name) => row[name] ?? (name === 'age' && at % 2 ? 'NA' : '')).join(','),
  )
  await writeFile(path, `${[COLUMNS.join(), ...lines].join('\n')}\n`)
}

async function writeAsParquet(path: string, all: readonly Row[]): Promise<void> {
  const column = (name: keyof Row, type: 'DOUBLE' | 'STRING', none: unknown = null) => ({
    ...{ name, type, data: all.map((row) => row[name] ?? none) },
  })
  const bytes = parquetWriteBuffer({
    columnData: [
      // As other tools write what is missing among numbers.
      ...[
        column('age', 'DOUBLE', Number.NaN),
        column('income', 'DOUBLE'),
        column('year', 'DOUBLE'),
      ],
      ...[column('town', 'STRING'), column('kind', 'STRING')],
    ],
    rowGroupSize: 9,
  })
  await writeFile(path, new Uint8Array(bytes))
}

async function writeTar(path: string, all: readonly Row[]): Promise<void> {
  const entries = all.map((row, at) => {
    const body = JSON.stringify(row)
    const name = `${String(at).padStart(4, '0')}.json`
    return { header: { name, size: Buffer.byteLength(body) }, body }
  })
  await writeFile(path, await packTar(entries))
}

const KIND = { target: 'kind', task: 'classification', testPart: 5, validation: 4 }
const AS_TABLE = { input: FEATURES, as: 'table' }

interface Case {
  readonly plugin: Plugin<'dataset'>
  readonly options: object
}

/** The table in memory, and as each stream has it. */
const CASES: Readonly<Record<string, Case>> = {
  csv: { plugin: csv, options: { file: 'a.csv', features: FEATURES } },
  'csv-stream': {
    plugin: csvStream,
    options: { files: 'a.csv', features: FEATURES, threads: 0 },
  },
  'json-lines': { plugin: jsonLines, options: { files: 'a.jsonl', ...AS_TABLE, threads: 0 } },
  parquet: { plugin: parquet, options: { files: 'a.parquet', ...AS_TABLE, threads: 0 } },
}

async function write(folder: string, all: readonly Row[]): Promise<void> {
  await writeTable(join(folder, 'a.csv'), all)
  await writeLines(join(folder, 'a.jsonl'), all)
  await writeAsParquet(join(folder, 'a.parquet'), all)
}

const open = (name: string, more: object, folder: string): Dataset => {
  const { plugin, options } = CASES[name]!
  return createAnyDataset(plugin, { ...KIND, ...options, ...more }, { folder })
}

/** What was fitted, all samples, the classes, and what was left out. */
async function seen(dataset: Dataset) {
  const splits = await dataset.load()
  const { input, inputs, classes } = dataset.info
  const named = Object.entries(inputs ?? {}).map(([name, { encoding }]) => [name, encoding])
  return {
    ...{ classes, encoding: splits.input ?? input, named },
    samples: await Promise.all(partsOf(splits).map((split) => listed(split, dataset))),
    lacking: (splits.leftOut ?? []).map(({ reason }) => reason),
  }
}

const CHOICES = ['drop', 'mean', 'median', 'most-frequent'].flatMap((missing) =>
  [false, true].flatMap((missingIndicator) =>
    ['one-hot', 'index'].map((categories) => ({ missing, missingIndicator, categories })),
  ),
)

for (const choice of CHOICES) {
  const { missing, missingIndicator, categories } = choice
  const told = missingIndicator ? ', with a number that says so' : ''
  some(
    `${missing}, ${categories}${told}: every stream has the numbers of the table in memory`,
    () =>
      withTempFolder(async (folder) => {
        // A row without a target is none to learn from.
        const all = rows(90).filter(({ kind }) => missing === 'drop' || kind !== undefined)
        await write(folder, all)
        const options = { ...choice, categorical: ['town'] }
        const expected = await seen(open('csv', options, folder))
        assert.is(expected.lacking.length > 0, missing === 'drop')
        for (const name of ['csv-stream', 'json-lines', 'parquet']) {
          assert.equal(await seen(open(name, options, folder)), expected, name)
        }
      }),
  )
}

test('numbers are filled and told by what the rows say that are trained on, exactly', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), 'n,c,y\n2,p,1\n,q,2\n2,,3\n3,q,4\n8,q,5\nNA,p,6\n')
    await writeFile(join(folder, 'b.csv'), 'n,c,y\n?,p,9\n900,p,9\n')
    const options = {
      ...{ files: 'a.csv', testFiles: 'b.csv', target: 'y', task: 'regression', threads: 0 },
      ...{ categorical: ['c'], standardize: false, missingIndicator: true },
    }
    for (const [missing, fill] of [
      ['mean', 3.75],
      ['median', 2.5],
      ['most-frequent', 2],
    ] as const) {
      const dataset = createAnyDataset(csvStream, { ...options, missing }, { folder })
      const [n, c] = (dataset.info.input as TableEncoding).columns
      assert.equal(n, { kind: 'number', name: 'n', fill, indicator: true })
      assert.equal([c?.kind, c?.fill, c?.indicator], ['category', 'q', true])
      const { test: held } = await dataset.load()
      const { inputs } = await listed(held, dataset)
      assert.equal(inputs, [fill, 1, 1, 0, 0, 900, 0, 1, 0, 0])
    }
    const scaled = { ...options, missing: 'mean', standardize: true }
    const [n] = (createAnyDataset(csvStream, scaled, { folder }).info.input as TableEncoding)
      .columns
    assert.equal([n?.fill, (n as { mean?: number }).mean], [3.75, 3.75])
  }))

test('rows that lack a cell or the target are in no split, are listed, and their classes are none', () =>
  withTempFolder(async (folder) => {
    const lines = ['1,a,yes', '2,,no', ',b,rare', '4,b,', '5,a,no', '6,b,yes', '7,a,no']
    await writeFile(join(folder, 'a.csv'), `n,c,kind\n${lines.join('\n')}\n`)
    const options = {
      ...{ files: 'a.csv', target: 'kind', task: 'classification', testPart: 1 },
      ...{ categorical: ['c'], missing: 'drop', threads: 0, standardize: false },
    }
    await withCacheIn(join(folder, 'home'), async () => {
      // What is kept decoded has places for them, and nothing in these.
      for (const cache of [false, true]) {
        const dataset = createAnyDataset(csvStream, { ...options, cache }, { folder })
        const splits = await dataset.load()
        assert.equal(dataset.info.classes, ['no', 'yes'])
        assert.equal([splits.train.length, splits.test.length], [3, 1])
        const path = join(folder, 'a.csv')
        assert.equal(splits.leftOut, [
          { where: `${path}, line 3`, reason: 'has no "c"' },
          { where: `${path}, line 4`, reason: 'has no "n"' },
          { where: `${path}, line 5`, reason: 'has no "kind"' },
        ])
        const all = await Promise.all(partsOf(splits).map((split) => listed(split, dataset)))
        const [width] = dataset.info.inputShape as [number]
        const numbers = all.flatMap(({ inputs }) => inputs as number[])
        assert.equal(numbers.filter((_, at) => at % width === 0).sort(), [1, 5, 6, 7])
      }
    })
    await writeFile(join(folder, 'a.csv'), 'n,c,kind\n,a,yes\n2,,no\n')
    assert.match(
      await refusal(() => createAnyDataset(csvStream, options, { folder })),
      /a\.csv: must have a row without a missing value, and `missing: drop` leaves out all\n {2}Fill them: `missing: median`\./,
    )
  }))

slow(
  'rows are left out for answers and numbers to predict that are missing, as of the table in memory',
  () =>
    withTempFolder(async (folder) => {
      const lines = Array.from(
        { length: 24 },
        (_, id) => `${id % 5 ? id : ''},${id % 7 ? id % 2 : ''},1,${id % 6 ? id / 4 : 'NA'}`,
      )
      await writeFile(join(folder, 'a.csv'), `n,right,top,price\n${lines.join('\n')}\n`)
      const shared = { features: ['n'], missing: 'drop', testPart: 3 }
      for (const own of [
        { target: ['right', 'top'], task: 'multi-label' },
        { target: 'price', task: 'regression' },
      ]) {
        const inMemory = createAnyDataset(csv, { file: 'a.csv', ...shared, ...own }, { folder })
        const streamed = createAnyDataset(
          csvStream,
          { files: 'a.csv', threads: 0, ...shared, ...own },
          { folder },
        )
        const [expected, found] = [await seen(inMemory), await seen(streamed)]
        assert.equal(found, expected)
        assert.equal(found.lacking.length > 4, true)
        assert.equal(streamed.info.targetScale, inMemory.info.targetScale)
      }
    }),
)

test('rows without what is to be predicted are left out alone, where other cells are filled', () =>
  withTempFolder(async (folder) => {
    const all = rows(60)
    await write(folder, all)
    const options = { missing: 'median', categorical: ['town'] }
    for (const name of ['csv', 'csv-stream']) {
      assert.match(await refusal(() => open(name, options, folder)), /"kind"/)
    }
    const own = { ...options, unlabelled: 'drop' }
    const expected = await seen(open('csv', own, folder))
    assert.equal(expected.lacking, Array(5).fill('has no "kind"'))
    assert.equal(await seen(open('csv-stream', own, folder)), expected)
    await writeTable(
      join(folder, 'a.csv'),
      all.map(({ kind: _, ...row }) => row),
    )
    for (const name of ['csv', 'csv-stream']) {
      assert.match(
        await refusal(() => open(name, own, folder)),
        /must have a row without a missing value to predict, and `unlabelled: drop` leaves out all\n {2}Name the column to predict by `target`, or another table\./,
      )
    }
  }))

test('of several tables each goes its own way', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), 'a,b,y\n1,1,1\n,3,2\n3,,3\n4,4,4\n6,5,5\n')
    await writeFile(join(folder, 'b.csv'), 'a,b,y\n1,1,1\n')
    const table = (field: string, more: object) => ({
      ...{ as: 'table', field, standardize: false, ...more },
    })
    const dataset = createAnyDataset(
      csvStream,
      {
        ...{ files: 'a.csv', testFiles: 'b.csv', target: 'y', task: 'regression', threads: 0 },
        inputs: {
          mean: table('a', { missing: 'mean' }),
          told: table('a', { missing: 'median', missingIndicator: true }),
          whole: table('b', { missing: 'drop' }),
        },
      },
      { folder },
    )
    const splits = await dataset.load()
    assert.equal(
      splits.leftOut?.map(({ reason }) => reason),
      ['has no "b"'],
    )
    const { inputs } = await listed(splits.train, dataset)
    const third = Math.fround(11 / 3)
    assert.equal(inputs, {
      mean: [1, third, 4, 6],
      told: [1, 0, 4, 1, 4, 0, 6, 0],
      whole: [1, 3, 4, 5],
    })
  }))

test('a column that says nothing fills nothing', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), 'a,b,y\n,x,1\n,y,2\n,x,3\n,x,4\n')
    for (const [features, categorical] of [
      [['a'], []],
      [['a'], ['a']],
    ]) {
      const options = {
        ...{ files: 'a.csv', target: 'y', task: 'regression', missing: 'median' },
        ...{ features, categorical },
      }
      assert.match(
        await refusal(() => createAnyDataset(csvStream, options, { folder })),
        /csv-stream\.missing: column "a" of .*a\.csv must have a value in some row that is trained on, to fill the others by\n {2}Leave the column out\./,
      )
    }
  }))

test('a model that was trained brings what fills along to other files', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), 'a,y\n1,1\n3,2\n,3\n5,4\n')
    await writeFile(join(folder, 'b.csv'), 'a,y\n100,1\n300,2\n,3\n500,4\n')
    const create = (files: string, testFiles: string) =>
      createAnyDataset(
        csvStream,
        {
          ...{ files, testFiles, target: 'y', task: 'regression', threads: 0 },
          ...{ missing: 'median', missingIndicator: true, standardize: false },
        },
        { folder },
      )
    const { input } = create('a.csv', 'b.csv').info
    const other = create('b.csv', 'a.csv')
    const splits = await other.load({ input })
    assert.equal(splits.input, input)
    const { inputs } = await listed(splits.train, other)
    assert.equal(inputs, [100, 0, 300, 0, 3, 1, 500, 0])
  }))

slow('webdataset, whose fields lie in files of JSON', () =>
  withTempFolder(async (folder) => {
    const all = rows(60)
    await write(folder, all)
    await writeTar(join(folder, 'a.tar'), all)
    const options = { missing: 'drop', categories: 'index' }
    const expected = await seen(open('json-lines', { ...options, categorical: ['town'] }, folder))
    const inJson = (name: string) => `json.${name}`
    const tar = createAnyDataset(
      webdataset,
      {
        ...{ ...KIND, ...options, files: 'a.tar', as: 'table', threads: 0 },
        ...{ input: FEATURES.map(inJson), target: 'json.kind', categorical: ['json.town'] },
      },
      { folder },
    )
    const found = await seen(tar)
    const values = (all: typeof found.samples) =>
      all.map(({ inputs, labels }) => [Object.values(inputs as object), labels])
    assert.equal(values(found.samples), values(expected.samples))
    assert.equal(found.lacking.length, expected.lacking.length)
  }),
)

test.run()
