import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, fieldsOf, type Plugin } from '@ashlar/core'
import { refusal, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { csvStream, jsonLines, parquet, webdataset } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('columns of records as a table')

const kind = { target: 'kind', task: 'classification', testPart: 3, threads: 1 }
const table = { categorical: ['town', 'member'], as: 'table' }
const columns = ['age', 'income', 'town', 'member']

interface Row {
  readonly age: number
  readonly income: number
  readonly town: string
  readonly member: boolean
  readonly kind: string
}

function rows(count: number): Row[] {
  const random = seedrandom.alea('tables of records')
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  return Array.from({ length: count }, (_, id) => ({
    age: Math.floor(random() * 90),
    income: Math.round(random() * 1e6) / 64,
    town: one(['Überlingen', 'Bonn', ' Aachen', '7']),
    member: random() < 0.5,
    kind: id % 2 ? 'yes' : 'no',
  }))
}

async function writeTable(path: string, all: readonly Row[]): Promise<void> {
  const lines = all.map(({ age, income, town, member, kind }) =>
    [age, income, `"${town}"`, member, kind].join(','),
  )
  await writeFile(path, ['age,income,town,member,kind', ...lines, ''].join('\n'))
}

async function writeTableParquet(path: string, all: readonly Row[]): Promise<void> {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'age', data: all.map(({ age }) => BigInt(age)), type: 'INT64' },
      { name: 'income', data: all.map(({ income }) => income), type: 'DOUBLE' },
      { name: 'town', data: all.map(({ town }) => town), type: 'STRING' },
      { name: 'member', data: all.map(({ member }) => member), type: 'BOOLEAN' },
      { name: 'kind', data: all.map(({ kind }) => kind), type: 'STRING' },
    ],
    rowGroupSize: 7,
  })
  await writeFile(path, new Uint8Array(bytes))
}

async function seen(dataset: Dataset) {
  const splits = await dataset.load()
  const [input] = fieldsOf(dataset.info).inputs
  const encoding = dataset.info.input ?? input!.encoding
  const samples = await Promise.all(partsOf(splits).map((split) => listed(split, dataset)))
  return { encoding, samples }
}

test('json-lines and parquet give the numbers that csv-stream gives', () =>
  withTempFolder(async (folder) => {
    const all = rows(40)
    await writeTable(join(folder, 'a.csv'), all)
    await writeLines(join(folder, 'a.jsonl'), all)
    await writeTableParquet(join(folder, 'a.parquet'), all)
    const create = (plugin: Plugin<'dataset'>, files: string, more: object) =>
      createAnyDataset(plugin, { files, ...kind, ...more }, { folder })
    const { as: _, ...fitted } = table
    const expected = await seen(create(csvStream, 'a.csv', { features: columns, ...fitted }))
    assert.is(expected.encoding?.kind, 'table')
    assert.equal(await seen(create(jsonLines, 'a.jsonl', { input: columns, ...table })), expected)
    assert.equal(await seen(create(parquet, 'a.parquet', { input: columns, ...table })), expected)
  }))

slow('webdataset, and a table as one of several inputs', () =>
  withTempFolder(async (folder) => {
    const all = rows(20)
    await writeTable(join(folder, 'a.csv'), all)
    const named = (field: (name: string) => string, target: string) => ({
      inputs: {
        table: {
          ...{ as: 'table', field: columns.map(field) },
          categorical: table.categorical.map(field),
        },
        more: { as: 'numbers', field: [field('age')] },
      },
      outputs: { kind: { field: target, task: 'classification' } },
      ...{ testPart: 3, threads: 1 },
    })
    const plain = (name: string) => name
    const csv = createAnyDataset(csvStream, { files: 'a.csv', ...named(plain, 'kind') }, { folder })
    const expected = (await seen(csv)).samples
    const inJson = (name: string) => `json.${name}`
    const entries = all.flatMap((row, at) => {
      const body = JSON.stringify(row)
      const key = String(at).padStart(4, '0')
      return [
        { header: { name: `${key}.json`, size: Buffer.byteLength(body) }, body },
        { header: { name: `${key}.cls`, size: row.kind.length }, body: row.kind },
      ]
    })
    await writeFile(join(folder, 'a.tar'), await packTar(entries))
    const tar = { files: 'a.tar', ...named(inJson, 'cls') }
    assert.equal((await seen(createAnyDataset(webdataset, tar, { folder }))).samples, expected)
  }),
)

test('what is fitted are the rows that are trained on, and what is no cell is named', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.jsonl')
    const base = { files: 'a.jsonl', ...kind, testPart: 2 }
    const lines = (changes: Readonly<Record<number, object>>) =>
      writeLines(
        path,
        rows(12).map((row, at) => ({ ...row, ...changes[at] })),
      )
    const options = { ...base, input: columns, ...table }
    const refused = () => wrong(jsonLines, options, folder, 'a.jsonl')
    await lines({ 0: { age: [1] }, 1: { age: [1] }, 2: { age: [1] }, 3: { age: [1] } })
    assert.match(await refused(), /a\.jsonl, record \d, "age": must be the cell of a table: .*got /)
    const missing = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at, { town: null }]))
    await lines(missing)
    assert.match(
      await refused(),
      /a\.jsonl, record \d+, column "town": the cell must not be empty\n {2}Say what to do with missing values: `missing: median` fills/,
    )
    await lines(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at, { age: 'old' }])))
    assert.match(
      await refused(),
      /a\.jsonl, record \d+, column "age": the cell must be a number, got "old"/,
    )
    await lines(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at, { age: 16777217 }])))
    assert.match(await refused(), /a whole number that float32 has/)
    await lines({})
    const create = (more: object) =>
      createAnyDataset(jsonLines, { ...options, ...more }, { folder })
    assert.match(
      await refusal(() => create({ categorical: ['job'] })),
      /json-lines\.categorical: must name features only, got "job"/,
    )
    assert.match(
      await refusal(() => create({ input: ['kind', 'age'], categorical: [] })),
      /json-lines\.input: must name columns, and not the target/,
    )
    assert.match(
      await refusal(() => create({ as: 'numbers', input: ['age'] })),
      /dataset\.categorical: must be left out but of a table/,
    )
    const plain = { as: 'numbers', input: ['age'], categorical: [] }
    assert.match(
      await refusal(() => create({ ...plain, missing: 'mean' })),
      /dataset\.missing: must be left out but of a table, got "mean"/,
    )
    assert.match(
      await refusal(() => create({ ...plain, missingIndicator: true })),
      /dataset\.missingIndicator: must be left out but of a table, got true/,
    )
  }))

test.run()
