import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runScan, type ScanRequest } from '../../src/streams/scans/index.ts'
import { openStore } from '../../src/streams/stores/index.ts'
import { placeOfRow } from '../../src/streams/stores/places.ts'
import { npy, records, writeLines, writeParquet, writeTar } from '../support/records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('places of records')

const all = records(9)

/** A TestRecord's columns that need no second line. */
const csv = (from: number, to: number) =>
  `a,b\n${all
    .slice(from, to)
    .map(({ id, kind }) => `${id},${kind}`)
    .join('\n')}\n`

const TOKENIZER = {
  version: '1.0',
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, one: 1 }, unk_token: '[UNK]' },
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
}

/** Files of five and four records by kind, and what the second of a file is called. */
const kinds: Readonly<
  Record<
    string,
    {
      readonly kind: string
      readonly names: readonly string[]
      write(paths: readonly string[]): Promise<unknown>
      options?(folder: string): ScanRequest['options']
      readonly second: string
    }
  >
> = {
  lines: {
    ...{ kind: 'lines', names: ['a.jsonl', 'b.jsonl'], second: 'record 2' },
    write: ([a, b]) => Promise.all([writeLines(a!, all.slice(0, 5)), writeLines(b!, all.slice(5))]),
  },
  csv: {
    ...{ kind: 'csv', names: ['a.csv', 'b.csv'], second: 'line 3' },
    options: () => ({ delimiter: ',' }),
    write: ([a, b]) => Promise.all([writeFile(a!, csv(0, 5)), writeFile(b!, csv(5, 9))]),
  },
  parquet: {
    ...{ kind: 'parquet', names: ['a.parquet', 'b.parquet'], second: 'row 2' },
    options: () => ({ inputs: ['id'], buffer: 4 }),
    write: ([a, b]) =>
      Promise.all([writeParquet(a!, all.slice(0, 5)), writeParquet(b!, all.slice(5))]),
  },
  webdataset: {
    ...{ kind: 'webdataset', names: ['a.tar', 'b.tar'], second: 'part/0001' },
    write: ([a, b]) => Promise.all([writeTar(a!, all.slice(0, 5)), writeTar(b!, all.slice(5))]),
  },
  numpy: {
    ...{ kind: 'numpy', names: ['a.npy', 'b.npy'], second: 'row 1' },
    options: (folder) => ({
      arrays: [{ name: 'x', files: ['a.npy', 'b.npy'].map((each) => join(folder, each)) }],
    }),
    write: ([a, b]) =>
      Promise.all([
        writeFile(a!, npy('<f4', [5, 2], new Float32Array(10))),
        writeFile(b!, npy('<f4', [4, 2], new Float32Array(8))),
      ]),
  },
  'text of bytes': {
    ...{ kind: 'text', names: ['a.txt', 'b.txt'], second: 'token 3' },
    options: () => ({ tokens: 4, stride: 3 }),
    write: ([a, b]) => Promise.all([writeFile(a!, 'x'.repeat(17)), writeFile(b!, 'x'.repeat(14))]),
  },
  'text with a tokenizer': {
    ...{ kind: 'text', names: ['a.txt', 'b.txt'], second: 'token 3' },
    options: (folder) => ({
      ...{ tokens: 4, stride: 3, cache: join(folder, 'cache') },
      tokenizer: join(folder, 'tokenizer.json'),
    }),
    async write([a, b]) {
      await writeFile(a!, 'one '.repeat(17))
      await writeFile(b!, 'one '.repeat(14))
      await writeFile(join(a!, '..', 'tokenizer.json'), JSON.stringify(TOKENIZER))
    },
  },
}

for (const [name, { kind, names, write, options, second }] of Object.entries(kinds)) {
  test(`${name}: a record is called the same by whoever opens its file and by whoever has its plan alone`, () =>
    withTempFolder(async (folder) => {
      const files = names.map((each) => join(folder, each))
      await write(files)
      const { store, length, perFile } = await runScan({
        ...{ kind, files, columns: [] },
        options: options?.(folder),
      })
      assert.equal(perFile, [5, 4])
      const opened = await openStore(store)
      const rows = Array.from({ length }, (_, row) => row)
      assert.equal(
        rows.map((row) => placeOfRow(store, row)),
        rows.map((row) => opened.where(row)),
      )
      assert.is(placeOfRow(store, 1), `${files[0]}, ${second}`)
      assert.match(placeOfRow(store, 6), `${files[1]}, `)
    }))
}

test.run()
