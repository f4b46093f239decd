import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, type DatasetSplits, foldRows, type InputEncoding } from '@ashlar/core'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { csv, csvStream, jsonLines } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('folds of streamed tables')

/** One row alone lacks a year, and one alone is of Ulm: two folds validate without, and one trains without. */
const ROWS = Array.from({ length: 33 }, (_, at) => ({
  ...(at % 5 !== 2 && { age: (at * at) % 41 }),
  ...(at !== 7 && { year: 1950 + at }),
  town: at === 11 ? 'Ulm' : ['Bonn', 'Aachen'][at % 2]!,
  kind: at % 3 === 0 ? 'no' : 'yes',
}))
const FEATURES = ['age', 'year', 'town']
const SHARED = { target: 'kind', task: 'classification', testPart: 3, categorical: ['town'] }

async function write(folder: string): Promise<void> {
  const lines = ROWS.map(({ age = '', year = '', town, kind }) => [age, year, town, kind].join())
  await writeFile(join(folder, 'a.csv'), `age,year,town,kind\n${lines.join('\n')}\n`)
  await writeLines(join(folder, 'a.jsonl'), ROWS)
}

/** By what each fold is made, and all its samples. */
async function folds(dataset: Dataset) {
  const { train, refit } = await dataset.load()
  const all = []
  for (const index of [0, 1, 2]) {
    const rows = foldRows({ ...train, info: dataset.info }, { count: 3 }, index)
    const splits = await refit!(rows.train)
    const samples = []
    for (const split of partsOf(splits)) samples.push(await listed(split, dataset))
    all.push({ made: madeBy(dataset, splits), samples, digest: splits.digest })
  }
  return all
}

function madeBy({ info }: Dataset, { input, inputs }: DatasetSplits) {
  const named = Object.entries(info.inputs ?? {})
  return {
    only: input ?? info.input,
    named: named.map(([name, { encoding }]) => [name, inputs?.[name] ?? encoding] as const),
  }
}

/** The mean of the first column of numbers. */
function meanIn({ only, named }: ReturnType<typeof madeBy>): number | undefined {
  const all: (InputEncoding | undefined)[] = [only, ...named.map(([, encoding]) => encoding)]
  const columns = all.flatMap((each) => (each?.kind === 'table' ? each.columns : []))
  const number = columns.find((column) => column.kind === 'number')
  return number?.kind === 'number' ? number.mean : undefined
}

async function compare(folder: string, streamed: Dataset, options: object): Promise<void> {
  const inMemory = { file: 'a.csv', features: FEATURES, ...SHARED, ...options }
  const expected = await folds(createAnyDataset(csv, inMemory, { folder }))
  const given = await folds(streamed)
  const without = (all: typeof given) => all.map(({ digest: _, ...rest }) => rest)
  assert.equal(without(given), without(expected))
  assert.is(new Set(given.map(({ made }) => meanIn(made))).size, 3)
  assert.is(new Set(given.map(({ digest }) => digest)).size, 3)
}

test('each is fitted to the rows that it trains on alone, as in memory', () =>
  withTempFolder(async (folder) => {
    await write(folder)
    const options = { missing: 'mean', missingIndicator: true }
    const own = { files: 'a.csv', features: FEATURES, threads: 0, ...SHARED, ...options }
    await compare(folder, createAnyDataset(csvStream, own, { folder }), options)
  }))

for (const categories of ['one-hot', 'index']) {
  slow(`so is each of records whose median fills: ${categories}`, () =>
    withTempFolder(async (folder) => {
      await write(folder)
      const options = { missing: 'median', missingIndicator: true, categories }
      const own = { files: 'a.jsonl', input: FEATURES, as: 'table', threads: 0 }
      const given = { ...own, ...SHARED, ...options }
      await compare(folder, createAnyDataset(jsonLines, given, { folder }), options)
    }),
  )
}

slow('a dataset of records without a table has nothing to fit anew', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), ROWS)
    const own = { files: 'a.jsonl', input: 'town', as: 'text', tokens: 4, threads: 0 }
    const { target, task, testPart } = SHARED
    const dataset = createAnyDataset(jsonLines, { ...own, target, task, testPart }, { folder })
    assert.is((await dataset.load()).refit, undefined)
  }),
)

test.run()
