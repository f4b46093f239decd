import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Dataset, passRows, type Split } from '@ashlar/core'
import { inParallel, refusal, runChild, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { imageFolder, jsonLines, mix, parquet } from '../../src/index.ts'
import { weightedSampler } from '../../src/streams/sampling.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { records, writeLines, writeParquet } from '../support/records.ts'
import { epochOf, listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('order of streams')

const numbers = { input: 'id', as: 'numbers', target: 'kind', task: 'classification' }

function counted(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

test('a sampler gives each kind its share, every sample before any comes again, by seed and epoch', () => {
  const kinds = Array.from({ length: 100 }, (_, row) => (row % 10 === 0 ? 0 : row % 2 ? 1 : 2))
  const sampler = weightedSampler(kinds, { weights: new Map([[0, 2]]), length: 80 })
  const seen: number[] = []
  for (let epoch = 0; epoch < 5; epoch++) {
    const rows = sampler.rows(3, epoch)
    assert.is(rows.length, 80)
    assert.equal(
      [...counted(Array.from(rows, (row) => kinds[row]!))].sort(([a], [b]) => a - b),
      [
        [0, 40],
        [1, 20],
        [2, 20],
      ],
    )
    assert.equal(rows, sampler.rows(3, epoch))
    assert.not.equal(rows, sampler.rows(4, epoch))
    seen.push(...rows)
  }
  for (const kind of [0, 1, 2]) {
    const times = [...counted(seen.filter((row) => kinds[row] === kind)).values()]
    assert.is(times.length, kinds.filter((each) => each === kind).length)
    assert.ok(Math.max(...times) - Math.min(...times) <= 1, `kind ${kind}: ${times}`)
  }
  const few = sampler.select(Uint32Array.from({ length: 50 }, (_, at) => at * 2))
  assert.is(few.length, 40)
  assert.ok(few.rows(1, 0).every((row) => row < 50))
})

test('of what is read in chunks, samplers stay near a chunk', () => {
  const kinds = Array.from({ length: 4000 }, (_, row) => Number(row % 4 === 0))
  const chunks = { of: (row: number) => Math.floor(row / 50), buffer: 200 }
  for (const sampler of [
    weightedSampler(kinds, { chunks: () => chunks }),
    weightedSampler(kinds, { chunks: () => chunks }).select(
      Uint32Array.from({ length: 4000 }, (_, at) => at),
    ),
  ]) {
    const rows = sampler.rows(1, 0)
    for (let at = 0; at + 64 <= rows.length; at += 64) {
      const touched = new Set(Array.from(rows.subarray(at, at + 64), chunks.of))
      assert.ok(touched.size <= 24, `${touched.size} of 80 chunks in one batch`)
    }
  }
  const order = passRows({ length: 4000, stream: { chunks } }, { seed: 1, epoch: 0 })
  assert.is(new Set(order).size, 4000)
})

test('balanced: as many samples of each class in an epoch, also of row groups', () =>
  withTempFolder(async (folder) => {
    const all = records(40).map((each) => ({ ...each, kind: each.id < 6 ? 'rare' : 'often' }))
    await writeParquet(join(folder, 'a.parquet'), all)
    const options = { files: '.', ...numbers, sampling: 'balanced', buffer: 8, testPart: 4 }
    const dataset = createAnyDataset(parquet, options, { folder })
    const { train } = await dataset.load()
    const labels = (await epochOf(train, dataset)).flatMap((batch) => batch.labels as number[])
    assert.equal([...counted(labels).values()], [18, 18])
    assert.match(
      await refusal(async () =>
        createAnyDataset(
          parquet,
          { ...options, target: 'a', task: 'regression' },
          { folder },
        ).load(),
      ),
      /parquet\.sampling: must be `each`/,
    )
  }))

test('groups stay together, and the same ones are held out whatever the order of the rows', () =>
  withTempFolder(async (folder) => {
    const all = records(60)
    await writeLines(join(folder, 'a.jsonl'), all)
    await writeLines(join(folder, 'b.jsonl'), all.toReversed())
    const groupsOf = async (files: string) => {
      const options = { files, ...numbers, groupBy: 'group', validation: 0.2, testPart: 0.25 }
      const dataset = createAnyDataset(jsonLines, options, { folder, seed: 7 })
      const { train, validation, test: held } = await dataset.load()
      const of = async (split: Split) => {
        const { inputs } = await listed(split, dataset)
        return new Set((inputs as number[]).map((id) => all[id]!.group))
      }
      return [await of(train), await of(validation!), await of(held)] as const
    }
    const parts = await groupsOf('a.jsonl')
    assert.is(
      parts.reduce((sum, { size }) => sum + size, 0),
      20,
    )
    assert.is(new Set(parts.flatMap((groups) => [...groups])).size, 20)
    const sorted = (groups: ReadonlySet<string>) => [...groups].sort()
    assert.equal((await groupsOf('b.jsonl')).map(sorted), parts.map(sorted))
  }))

slow('a mix has the part of each that its weight says, whatever each is read by', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), records(30))
    await writeParquet(join(folder, 'b.parquet'), records(90).slice(30))
    const factory = (_: unknown, name: string) => (own: object) =>
      createAnyDataset(name === 'parquet' ? parquet : jsonLines, { ...numbers, ...own }, { folder })
    const of = [
      { name: 'json-lines', files: 'a.jsonl', testPart: 5 },
      { name: 'parquet', files: 'b.parquet', testPart: 5 },
    ]
    const options = { of, weights: [3, 1], samples: 40, validation: 6 }
    const make = () => createAnyDataset(mix, options, { folder, factory: factory as never })
    const epoch = async (dataset: Dataset) => {
      const { train, test: held, validation } = await dataset.load()
      assert.is(held.length, 10)
      assert.is(validation!.length, 6)
      return epochOf(train, dataset)
    }
    const batches = await epoch(make())
    const ids = batches.flatMap(({ inputs }) => inputs as number[])
    assert.equal(
      [ids.filter((id) => id < 30).length, ids.filter((id) => id >= 30).length],
      [30, 10],
    )
    assert.equal(
      batches.flatMap(({ labels }) => labels as number[]),
      ids.map((id) => id % 2),
    )
    assert.equal(await epoch(make()), batches)
    const balanced = { ...options, of: [of[0], { ...of[1], sampling: 'balanced' }] }
    assert.match(
      await refusal(async () =>
        createAnyDataset(mix, balanced, { folder, factory: factory as never }).load(),
      ),
      /mix\.of\.1\.sampling: must be left out/,
    )
  }),
)

slow('a thread that ends names the file that it read', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), records(20))
    const options = { files: 'a.jsonl', ...numbers, threads: 1 }
    const dataset = createAnyDataset(jsonLines, options, { folder })
    const { train } = await dataset.load()
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (...args) {
      postMessage.apply(this, args)
      void this.terminate()
    }
    let message: string
    try {
      message = await refusal(() => listed(train, dataset))
    } finally {
      Worker.prototype.postMessage = postMessage
    }
    assert.match(
      message,
      /a\.jsonl, record \d+: must be read, and the thread that read it ended: .*\n {2}Look at/,
    )
    // The next read starts another.
    assert.is(((await listed(train, dataset)).inputs as number[]).length, train.length)
  }),
)

slow(
  'two processes that fill the cache at once, one that finds it, and one that finds it damaged',
  () =>
    withTempFolder(async (folder) => {
      const [data, home] = [join(folder, 'data'), join(folder, 'home')]
      await mkdir(data)
      await writePictureFolder(data, 6)
      const found: string[] = []
      const read = async () => {
        const { code, out, err } = await runChild(
          new URL('../support/read-cached.ts', import.meta.url),
          { args: [data], env: { ASHLAR_HOME: home } },
        )
        assert.is(code, 0, err)
        found.push(out)
      }
      await inParallel([1, 2], 2, read)
      const decoded = join(home, 'datasets', 'decoded')
      const files = await readdir(decoded)
      assert.is(files.length, 2, String(files))
      const path = join(decoded, files.find((name) => name.endsWith('.npy'))!)
      const whole = await readFile(path)
      const damaged = Buffer.from(whole)
      damaged[damaged.length - 1]! ^= 255
      await writeFile(path, damaged)
      await read()
      assert.equal(await readFile(path), whole)
      assert.is(new Set(found).size, 1)
      const plain = createAnyDataset(imageFolder, { folder: '.', size: [6, 6] }, { folder: data })
      const cached = createAnyDataset(
        imageFolder,
        { folder: '.', size: [6, 6], stream: true },
        { folder: data },
      )
      assert.equal(
        await listed((await cached.load()).train, cached),
        await listed((await plain.load()).train, plain),
      )
    }),
)

test.run()
