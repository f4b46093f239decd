import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Dataset, Plugin } from '@ashlar/core'
import { oneIn, sampled, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import * as assert from 'uvu/assert'
import {
  csvStream,
  imageFolder,
  jsonLines,
  numpy,
  parquet,
  soundFolder,
  text,
  webdataset,
} from '../../src/index.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import {
  npy,
  records,
  type TestRecord,
  wav,
  writeCsv,
  writeLines,
  writeParquet,
  writeSounds,
  writeTar,
} from '../support/records.ts'
import { epochOf, type Listed, listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('readers')

const kind = { target: 'kind', task: 'classification' }
const numbers = { input: ['a', 'id'], as: 'numbers' }

/** The samples of records whose inputs are `a` and `id`, in the order of their ids. */
function expected(all: readonly TestRecord[]) {
  return {
    inputs: all.flatMap(({ a, id }) => [a, id]),
    labels: all.map((each) => (each.kind === 'cat' ? 0 : 1)),
  }
}

/** Splits as a column has them: every sample where it belongs. */
function bySplit(all: readonly TestRecord[]) {
  return ['train', 'val', 'test'].map((name) => expected(all.filter(({ split }) => split === name)))
}

async function held(dataset: Dataset) {
  const splits = partsOf(await dataset.load())
  return Promise.all(splits.map((split) => listed(split, dataset)))
}

const all = records(24)

const formats: readonly {
  readonly plugin: Plugin<'dataset'>
  readonly files: string
  write(folder: string): Promise<unknown>
  readonly options: object
}[] = [
  {
    plugin: jsonLines,
    files: '*.jsonl',
    async write(folder) {
      await writeLines(join(folder, 'a.jsonl'), all.slice(0, 10))
      await writeLines(join(folder, 'b.jsonl'), all.slice(10))
    },
    options: { ...numbers, ...kind },
  },
  {
    plugin: jsonLines,
    files: 'a.jsonl.gz',
    write: (folder) =>
      writeFile(
        join(folder, 'a.jsonl.gz'),
        gzipSync(all.map((each) => JSON.stringify(each)).join('\r\n')),
      ),
    options: { ...numbers, ...kind },
  },
  {
    plugin: parquet,
    files: '.',
    async write(folder) {
      await writeParquet(join(folder, 'train-00000-of-00002.parquet'), all.slice(0, 15))
      await writeParquet(join(folder, 'train-00001-of-00002.parquet'), all.slice(15))
    },
    options: { ...numbers, ...kind },
  },
  {
    plugin: csvStream,
    files: '{1..2}.csv',
    async write(folder) {
      await writeCsv(join(folder, '1.csv'), all.slice(0, 7))
      await writeCsv(join(folder, '2.csv'), all.slice(7))
    },
    options: { features: ['a', 'id'], standardize: false, ...kind },
  },
  {
    plugin: webdataset,
    files: 'a-{00..01}.tar',
    async write(folder) {
      await writeTar(join(folder, 'a-00.tar'), all.slice(0, 9))
      await writeTar(join(folder, 'a-01.tar'), all.slice(9))
    },
    options: {
      input: ['json.a', 'json.id'],
      as: 'numbers',
      target: 'cls',
      task: 'classification',
      splitBy: 'json.split',
    },
  },
]

slow('samples of validationFiles and testFiles are of those splits, and no others', () =>
  withTempFolder(async (folder) => {
    const own = [all.slice(0, 11), all.slice(11, 16), all.slice(16)]
    for (const [plugin, ending, write, options] of [
      [jsonLines, 'jsonl', writeLines, numbers],
      [csvStream, 'csv', writeCsv, { features: ['a', 'id'], standardize: false }],
    ] as const) {
      for (const [at, name] of ['a', 'b', 'c'].entries()) {
        await write(join(folder, `${name}.${ending}`), own[at]!)
      }
      const [files, validationFiles, testFiles] = ['a', 'b', 'c'].map((each) => `${each}.${ending}`)
      const chosen = { files, validationFiles, testFiles, ...options, ...kind }
      const dataset = createAnyDataset(plugin, chosen, { folder })
      assert.equal(await held(dataset), own.map(expected), plugin.name)
    }
  }),
)

const some = oneIn(4, { test, slow })

for (const { plugin, files, write, options } of formats) {
  some(`${plugin.name} of ${files}: every sample, where a column puts it`, () =>
    withTempFolder(async (folder) => {
      await write(folder)
      for (const threads of [1, 3]) {
        const dataset = createAnyDataset(
          plugin,
          { files, splitBy: 'split', threads, ...options },
          { folder },
        )
        assert.equal(dataset.info.classes, ['cat', 'dog'])
        assert.equal(await held(dataset), bySplit(all))
      }
    }),
  )
}

slow('pictures of Parquet, of tar shards, of lines and of folders are the same', () =>
  withTempFolder(async (folder) => {
    await writeParquet(join(folder, 'a.parquet'), all)
    await writeTar(join(folder, 'a.tar'), all)
    const options = { as: 'picture', size: [2, 3], testPart: 4, task: 'classification' }
    const of = async (plugin: Plugin<'dataset'>, more: object) =>
      (await held(createAnyDataset(plugin, { ...options, ...more }, { folder })))[0]!
    const png = await of(parquet, { files: 'a.parquet', input: 'image', target: 'kind' })
    const jpeg = await of(webdataset, { files: 'a.tar', input: 'jpg', target: 'cls' })
    assert.equal(png.labels, jpeg.labels)
    const [a, b] = [png.inputs, jpeg.inputs] as [number[], number[]]
    assert.is(a.length, 20 * 2 * 3 * 3)
    for (const [at, value] of a.entries()) assert.ok(Math.abs(value - b[at]!) <= 4, `place ${at}`)
    const reds = a.filter((_, at) => at % 18 === 0)
    assert.ok(reds.every((red) => red % 10 === 0))
    assert.is(new Set(reds).size, 20)
  }),
)

slow('classes of Hugging Face by their names', () =>
  withTempFolder(async (folder) => {
    const info = {
      info: { features: { label: { _type: 'ClassLabel', names: ['no', 'yes', 'maybe'] } } },
    }
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'label', data: [0, 1, 2, 1, 0, 2].map(BigInt), type: 'INT64' },
        { name: 'x', data: [1, 2, 3, 4, 5, 6], type: 'DOUBLE' },
      ],
      kvMetadata: [{ key: 'huggingface', value: JSON.stringify(info) }],
    })
    await writeFile(join(folder, 'a.parquet'), new Uint8Array(bytes))
    const options = { files: 'a.parquet', input: 'x', as: 'numbers', testPart: 1 }
    const dataset = createAnyDataset(
      parquet,
      { ...options, target: 'label', task: 'classification' },
      { folder },
    )
    assert.equal(dataset.info.classes, ['no', 'yes', 'maybe'])
    const [train] = await held(dataset)
    const labels = train!.labels as number[]
    assert.equal(
      labels,
      (train!.inputs as number[]).map((x) => [0, 1, 2, 1, 0, 2][x - 1]),
    )
  }),
)

const arrays: readonly (readonly [string, string, ArrayBufferView])[] = [
  ['u1', '|u1', Uint8Array.from({ length: 30 }, (_, at) => at * 8)],
  ['i8', '<i8', BigInt64Array.from({ length: 30 }, (_, at) => BigInt(at - 9))],
  ['f8', '<f8', Float64Array.from({ length: 30 }, (_, at) => at / 4)],
  ['i2', '<i2', Int16Array.from({ length: 30 }, (_, at) => at * 99 - 1000)],
]

for (const [name, descr, data] of arrays) {
  some(`.npy of ${name}: every number`, () =>
    withTempFolder(async (folder) => {
      await writeFile(join(folder, 'x.npy'), npy(descr, [10, 3], data))
      await writeFile(
        join(folder, 'y.npy'),
        npy(
          '<i4',
          [10],
          Int32Array.from({ length: 10 }, (_, at) => at % 2),
        ),
      )
      const options = { inputs: 'x.npy', labels: 'y.npy', task: 'classification', testPart: 2 }
      const dataset = createAnyDataset(numpy, options, { folder })
      const parts = await held(dataset)
      const found = parts.flatMap(({ inputs }) => inputs as number[]).sort((a, b) => a - b)
      const wanted = Array.from(data as unknown as Iterable<number | bigint>, Number)
      assert.equal(found, wanted)
      assert.is(dataset.info.inputDtype, name === 'u1' ? 'uint8' : 'float32')
    }),
  )
}

slow('texts by bytes: each token and the one that follows', () =>
  withTempFolder(async (folder) => {
    const written = Array.from({ length: 40 }, (_, at) => `${at} lines über`).join('\n')
    await writeFile(join(folder, 'a.txt'), written)
    const options = { files: 'a.txt', tokens: 9, stride: 4, testPart: 3 }
    const dataset = createAnyDataset(text, options, { folder })
    const bytes = [...Buffer.from(written)]
    const starts = new Set<string>()
    for (const { inputs, labels } of await held(dataset)) {
      const [x, y] = [inputs, labels] as [number[], number[]]
      for (let at = 0; at < x.length; at += 9) {
        assert.equal(x.slice(at + 1, at + 9), y.slice(at, at + 8))
        starts.add(JSON.stringify([...x.slice(at, at + 9), y[at + 8]]))
      }
    }
    const windows = []
    for (let at = 0; at + 10 <= bytes.length; at += 4) {
      windows.push(JSON.stringify(bytes.slice(at, at + 10)))
    }
    assert.equal([...starts].sort(), [...new Set(windows)].sort())
  }),
)

slow(
  'sounds: numbers of the file, cut off or filled by silence, and the mean of two channels',
  () =>
    withTempFolder(async (folder) => {
      for (const name of ['a', 'b']) {
        await mkdir(join(folder, name))
        await writeFile(join(folder, name, '1.wav'), wav([0, 16384, -16384, 8192]))
        const both = [
          [0, 16384, 0, 16384],
          [0, 0, -16384, 0],
        ]
        await writeFile(join(folder, name, '2.wav'), wav(both as never, 100, 2))
      }
      const of = async (length: number) => {
        const options = { folder: '.', length, rate: 100, testPart: 1 }
        const parts = await held(createAnyDataset(soundFolder, options, { folder }))
        const rows = parts.flatMap(({ inputs }) => {
          const list = inputs as number[]
          return Array.from({ length: list.length / length }, (_, at) =>
            JSON.stringify(
              list.slice(at * length, (at + 1) * length).map((x) => Math.round(x * 100) / 100),
            ),
          )
        })
        return [...new Set(rows)].sort()
      }
      assert.equal(await of(3), ['[0,0.25,-0.25]', '[0,0.5,-0.5]'])
      assert.equal(await of(6), ['[0,0.25,-0.25,0.25,0,0]', '[0,0.5,-0.5,0.25,0,0]'])
    }),
)

slow('a folder of pictures that is streamed has the samples of one in memory, in every order', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 12)
    const of = async (more: object) => {
      const options = { folder: '.', size: [4, 4], validation: 5, ...more }
      const dataset = createAnyDataset(imageFolder, options, { folder })
      const splits = await dataset.load()
      return {
        parts: await Promise.all(partsOf(splits).map((split) => listed(split, dataset))),
        epoch: await epochOf(splits.train, dataset),
      }
    }
    const expected = await of({ stream: false })
    for (const threads of [1, 2, 5]) assert.equal(await of({ stream: true, threads }), expected)
  }),
)

for (const [declare, counts] of [
  [oneIn(4, { test, slow }), [2]],
  [sampled(3, slow), [1, 3, 4, 7]],
] as const) {
  for (const threads of counts) {
    for (const { plugin, files, write, options } of formats) {
      declare(
        `${plugin.name} of ${files}: orders and samples are the same with 1 and ${threads} threads`,
        () =>
          withTempFolder(async (folder) => {
            await writeSounds(folder, 6)
            await write(folder)
            const of = async (count: number): Promise<Listed[]> => {
              const chosen = { files, threads: count, testPart: 5, ...options }
              const dataset = createAnyDataset(plugin, chosen, { folder })
              return epochOf((await dataset.load()).train, dataset)
            }
            const first = await of(1)
            assert.equal(await of(threads), first, plugin.name)
            assert.is(first.flatMap(({ labels }) => labels as number[]).length > 5, true)
          }),
      )
    }
  }
}

test.run()
