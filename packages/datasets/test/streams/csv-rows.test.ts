import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableEncoding } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream } from '../../src/index.ts'
import { scanCsv } from '../../src/streams/scans/csv.ts'
import { type CsvPlan, openCsv } from '../../src/streams/stores/csv.ts'
import { readCsv } from '../../src/tables/read-csv.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const test = suite('rows of streamed CSV')

/** The rows that a stream gives one by one, and the column `kind` that it holds in memory. */
function streamed(path: string, delimiter: string) {
  const { store, length, columns } = scanCsv({
    kind: 'csv',
    files: [path],
    columns: [{ field: 'kind', asNumbers: false }],
    options: { delimiter },
  })
  const opened = openCsv(store as CsvPlan)
  const { columns: header } = store as CsvPlan
  const rows = Array.from({ length }, (_, row) => {
    const record = opened.get(row) as Readonly<Record<string, string>>
    assert.equal(Object.keys(record).sort(), [...header].sort())
    return header.map((name) => record[name])
  })
  const { names, codes } = columns.kind!
  return {
    columns: header,
    rows,
    kinds: Array.from(codes.subarray(0, length), (code) => names[code]!),
  }
}

/** The same of a table in memory; names of a column in memory are without blanks around them. */
function inMemory(path: string, delimiter: string) {
  const { columns, rows } = readCsv(path, { delimiter })
  return { columns, rows, kinds: rows.map((row) => row[columns.indexOf('kind')]!.trim()) }
}

async function same(path: string, text: string, delimiter = ','): Promise<void> {
  await writeFile(path, text)
  assert.equal(streamed(path, delimiter), inMemory(path, delimiter), JSON.stringify(text))
}

test('where numbers to predict lie is that of the rows that are trained on, as of a table in memory', () =>
  withTempFolder(async (folder) => {
    const rows = Array.from({ length: 40 }, (_, at) => `${at},${at === 0 ? 9e6 : 1000 * at}`)
    await writeFile(join(folder, 'a.csv'), `x,price\n${rows.join('\n')}\n`)
    const how = { target: 'price', task: 'regression', testPart: 0.5, limit: 12 }
    const options = { files: 'a.csv', features: ['x'], standardize: false, ...how }
    const stream = createAnyDataset(csvStream, options, { folder })
    const { train } = await stream.load()
    const { labels } = await listed(train, stream)
    const prices = (labels as number[][]).flat()
    assert.is(prices.length, 12)
    const mean = prices.reduce((sum, each) => sum + each, 0) / prices.length
    assert.equal(stream.info.targetScale!.mean, [mean])
    const memory = createAnyDataset(csv, { file: 'a.csv', standardize: false, ...how }, { folder })
    assert.equal(memory.info.targetScale, stream.info.targetScale)
  }))

test('lines of blanks between rows belong to no row', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    for (const blank of [' ', '\t', ' \t ', '\u00a0', '\u3000 ', '\f', '']) {
      await same(path, `id,kind\n1,a\n${blank}\n2,b\n3,c\n`)
      await same(path, `${blank}\nid,kind\n1,a\n2,b\n${blank}`)
    }
    await same(path, 'kind\tid\na\t1\n  \nb\t\n', '\t')
    // Delimiters are no blanks: cells stand around them.
    await writeFile(path, 'id\tkind\n1\ta\n\t\n2\tb\n')
    assert.match(
      await refusal(async () => streamed(path, '\t')),
      /a\.csv, line 3, "kind": there must be a value, got ""/,
    )
  }))

test('lines end in CRLF, LF or CR, each as it comes', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    await same(path, 'id,kind\r\n1,a\n2,b\r\n3,c\n')
    await same(path, 'id,kind\n1,a\r\n2,b\n3,c\r\n')
    await same(path, 'id,kind\r1,a\r2,b\n\r3,c\r\n')
    await same(path, 'id,kind\n1,"a\r\nb\rc\nd"\r\n2,b')
    await same(path, '\ufeffid,kind\n\ufeff1,a\n2,b\n')
  }))

test('rows of generated tables are those that the table has in memory', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    const random = seedrandom('rows of csv')
    const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
    const texts = ['x', '', ' x ', 'ü', 'e\u0301', '日本', '1.5', 'NA', '\u00a0y', '-']
    const inQuotes = ['""', ',', '\n', '\r\n', '\r', ';', '\t', 'q', ' ', '\n\n', '   \n']
    for (let table = 0; table < 80; table++) {
      const delimiter = one([',', ';', '\t', '|', ' ', '§'])
      const columns = 1 + Math.floor(random() * 4)
      const cell = (name: string) => {
        if (random() < 0.4) return `"${one(inQuotes)}${one(inQuotes)}z${one(inQuotes)}"`
        // Classes are never empty.
        const text = one(texts) || (name === 'kind' ? 'k' : '')
        return text.includes(delimiter) || text === '' ? `"${text}"` : text
      }
      const names = ['kind', 'b', 'c', 'd'].slice(0, columns)
      let written = random() < 0.2 ? '\ufeff' : ''
      const ends = one([['\n'], ['\r\n'], ['\r'], ['\n', '\r\n', '\r']])
      const rows = 1 + Math.floor(random() * (table % 40 === 0 ? 1200 : 12))
      for (let row = 0; row <= rows; row++) {
        const cells = row === 0 ? names : names.map(cell)
        written += cells.join(delimiter) + one(ends)
        const blank = one(['', ' ', '\t', '  \t', '\u00a0 '])
        if (random() < 0.2 && !blank.includes(delimiter)) written += blank + one(ends)
      }
      await same(path, random() < 0.3 ? written.trimEnd() : written, delimiter)
    }
  }))

test('a row of more or fewer cells is named, and one that is no longer a row', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    for (const row of ['1', '1,', '1,a,b,']) {
      await writeFile(path, `id,kind,c\n1,a,b\n${row}\n`)
      assert.match(
        await refusal(async () => streamed(path, ',')),
        /a\.csv, line 3: must have the 3 cells that the first row names, got [124]/,
      )
    }
    await writeFile(path, 'id,kind\n1,a\n2,b\n')
    const { store } = scanCsv({
      kind: 'csv',
      files: [path],
      columns: [],
      options: { delimiter: ',' },
    })
    for (const changed of ['id,kind\n   \n2,b\n', 'id,kind\n1\na\n2,b\n', 'id,kind\n1aa\n2,b\n']) {
      await writeFile(path, changed.padEnd(16))
      assert.match(
        await refusal(async () => {
          openCsv(store as CsvPlan).get(0)
          openCsv(store as CsvPlan).get(1)
        }),
        /a\.csv, line [23]: must (be one row|have the 2 cells)/,
      )
    }
  }))

test('columns without a name are those of the table in memory', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), ',a,b\n0,1,x\n1,2,y\n2,3,x\n3,4,y\n')
    const options = { target: 'b', task: 'classification' }
    for (const [plugin, files] of [
      [csv, { file: 'a.csv' }],
      [csvStream, { files: 'a.csv', threads: 0 }],
    ] as const) {
      const dataset = createAnyDataset(plugin, { ...files, ...options }, { folder })
      const { columns } = dataset.info.input as TableEncoding
      assert.equal(
        columns.map(({ name }) => name),
        ['Unnamed: 0', 'a'],
      )
    }
  }))

test('a cell of a table that is missing, wherever it is, with what a stream can do about it', () =>
  withTempFolder(async (folder) => {
    const whole = 'a,b\n1,x\n2,y\n'
    const options = { target: 'b', task: 'classification' }
    for (const lacks of ['train.csv', 'test.csv']) {
      for (const name of ['train.csv', 'test.csv']) {
        await writeFile(join(folder, name), name === lacks ? 'a,b\n1,x\n,y\n' : whole)
      }
      const files = { files: 'train.csv', testFiles: 'test.csv' }
      const message = await wrong(csvStream, { ...files, ...options }, folder, lacks)
      assert.match(
        message,
        /^t\w+\.csv, line 3, column "a": the cell must not be empty\n {2}Say what to do with missing values: `missing: median` fills/,
      )
    }
  }))

test.run()
