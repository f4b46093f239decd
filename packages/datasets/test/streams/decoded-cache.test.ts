import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from '@ashlar/core'
import { oneIn, startChild, tieredSuite } from '@ashlar/test-support'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import {
  csvStream,
  folders,
  imageFolder,
  jsonLines,
  parquet,
  soundFolder,
  webdataset,
} from '../../src/index.ts'
import { cachedFiles, withCacheIn } from '../support/cache-home.ts'
import { writePicture, writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import {
  picture,
  records,
  writeLines,
  writeParquet,
  writeSounds,
  writeTar,
} from '../support/records.ts'
import { epochOf, listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('the cache of decoded samples')

// Each of these reads by threads three times.
const some = oneIn(7, { test, slow })

interface Case {
  readonly name: string
  readonly plugin: Plugin<'dataset'>
  readonly options: object
  /** Arrays in the cache. */
  readonly fields: number
  write(folder: string): Promise<void>
}

const all = records(12)
const kind = { target: 'kind', task: 'classification' }
const size = [4, 4]

/** Pictures `0.png` and so on, and masks `0_m.png`. */
async function writePictures(folder: string): Promise<void> {
  for (const { id } of all) {
    await writeFile(join(folder, `${id}.png`), await picture(id))
    const mask = Buffer.from(Array.from({ length: 16 }, (_, at) => (at + id) % 2))
    await sharp(mask, { raw: { width: 4, height: 4, channels: 1 } })
      .png()
      .toFile(join(folder, `${id}_m.png`))
  }
}

const cases: readonly Case[] = [
  {
    name: 'image-folder',
    plugin: imageFolder,
    options: { folder: '.', size, stream: true },
    fields: 1,
    write: (folder) => writePictureFolder(folder, 6),
  },
  {
    name: 'json-lines with pictures, numbers and masks',
    plugin: jsonLines,
    options: {
      files: 'a.jsonl',
      inputs: {
        image: { field: 'file', as: 'picture', size },
        more: { field: ['a', 'id'], as: 'numbers' },
        note: { field: 'note', as: 'text', tokens: 8 },
      },
      outputs: {
        mask: { field: 'mask', task: 'segmentation', classes: ['no', 'yes'] },
        kind: { field: 'kind', task: 'classification' },
      },
    },
    fields: 4,
    async write(folder) {
      await writePictures(folder)
      const lines = all.map((each) => ({
        ...{ ...each, file: `${each.id}.png`, mask: `${each.id}_m.png` },
      }))
      await writeLines(join(folder, 'a.jsonl'), lines)
    },
  },
  {
    name: 'parquet',
    plugin: parquet,
    options: { files: 'a.parquet', input: 'image', as: 'picture', size, ...kind, buffer: 5 },
    fields: 1,
    write: (folder) => writeParquet(join(folder, 'a.parquet'), all),
  },
  {
    name: 'webdataset',
    plugin: webdataset,
    options: { files: 'a.tar', input: 'jpg', as: 'picture', size, ...kind, target: 'cls' },
    fields: 1,
    write: (folder) => writeTar(join(folder, 'a.tar'), all),
  },
  {
    name: 'csv-stream with a table and pictures',
    plugin: csvStream,
    options: {
      files: 'a.csv',
      inputs: {
        image: { field: 'file', as: 'picture', size },
        table: { field: ['a', 'group'], categorical: ['group'] },
      },
      ...kind,
    },
    fields: 2,
    async write(folder) {
      await writePictures(folder)
      const rows = all.map(({ id, a, group, kind }) => `${id}.png,${a},${group},${kind}`)
      await writeFile(join(folder, 'a.csv'), ['file,a,group,kind', ...rows, ''].join('\n'))
    },
  },
  {
    name: 'sound-folder',
    plugin: soundFolder,
    options: { folder: '.', length: 16, rate: 100 },
    fields: 1,
    write: (folder) => writeSounds(folder, 6),
  },
  {
    name: 'folders',
    plugin: folders,
    options: {
      folders: { image: 'images', mask: 'masks' },
      ...{ input: 'image', as: 'picture', size, target: 'mask', task: 'segmentation' },
      classes: ['no', 'yes'],
    },
    fields: 2,
    async write(folder) {
      for (const name of ['images', 'masks']) await mkdir(join(folder, name))
      await writePictures(join(folder, 'images'))
      for (const { id } of all) {
        const mask = await readFile(join(folder, 'images', `${id}_m.png`))
        await writeFile(join(folder, 'masks', `${id}.png`), mask)
        await writeFile(join(folder, 'masks', `${id}_m.png`), mask)
      }
    },
  },
]

for (const { name, plugin, options, fields, write } of cases) {
  some(`${name}: the same samples in the same order, decoded once`, () =>
    withTempFolder(async (root) => {
      const [folder, home] = [join(root, 'data'), join(root, 'home')]
      await mkdir(folder)
      await write(folder)
      await withCacheIn(home, async () => {
        const create = (more: object) =>
          createAnyDataset(plugin, { ...options, ...more }, { folder })
        const plain = create({ threads: 1 })
        const splits = await plain.load()
        const expected = await Promise.all(partsOf(splits).map((split) => listed(split, plain)))
        const inOrder = await epochOf(splits.train, plain)
        assert.equal(await cachedFiles(home), [])
        const times: number[][] = []
        for (const threads of [1, 2]) {
          const cached = create({ cache: true, threads })
          const read = await cached.load()
          assert.is(read.digest, splits.digest)
          assert.equal(
            await Promise.all(partsOf(read).map((split) => listed(split, cached))),
            expected,
          )
          assert.equal(await epochOf(read.train, cached), inOrder)
          const files = await cachedFiles(home)
          assert.is(files.length, 2 * fields, String(files))
          const decoded = join(home, 'datasets', 'decoded')
          times.push(
            await Promise.all(files.map(async (file) => (await stat(join(decoded, file))).mtimeMs)),
          )
        }
        assert.equal(times[0], times[1])
      })
    }),
  )
}

slow('a picture that a record names is another: other data, decoded anew', () =>
  withTempFolder(async (folder) => {
    await writePictures(folder)
    const lines = all.map((each) => ({ ...each, file: `${each.id}.png` }))
    await writeLines(join(folder, 'a.jsonl'), lines)
    const home = join(folder, 'home')
    const options = { files: 'a.jsonl', input: 'file', as: 'picture', size, ...kind, testPart: 2 }
    await withCacheIn(home, async () => {
      const seen = async (cache: boolean) => {
        const dataset = createAnyDataset(jsonLines, { ...options, cache, threads: 1 }, { folder })
        const { train, digest } = await dataset.load()
        return { digest, samples: await listed(train, dataset) }
      }
      const before = await seen(true)
      await writePicture(join(folder, '3.png'), [9, 8, 7], { width: 4, height: 4 })
      await writePicture(join(folder, '4.png'), [9, 8, 7], { width: 4, height: 4 })
      const after = await seen(true)
      assert.not.equal(after.samples, before.samples)
      assert.is.not(after.digest, before.digest)
      assert.equal(after, await seen(false))
      assert.is((await cachedFiles(home)).length, 4)
    })
  }),
)

slow('nothing is kept of what could not be decoded, whichever field it is', () =>
  withTempFolder(async (folder) => {
    await writePictures(folder)
    const lines = all.map((each) => ({
      ...{ ...each, file: `${each.id}.png`, mask: `${each.id}_m.png` },
    }))
    await writeLines(join(folder, 'a.jsonl'), lines)
    const home = join(folder, 'home')
    const options = {
      ...{ files: 'a.jsonl', input: 'file', as: 'picture', size, target: 'mask', cache: true },
      ...{ task: 'segmentation', classes: ['no', 'yes'], testPart: 2 },
    }
    await withCacheIn(home, async () => {
      await truncate(join(folder, '7_m.png'), 50)
      assert.match(
        await wrong(jsonLines, options, folder, 'a.jsonl'),
        /a\.jsonl, record 8, "mask": must be a whole PNG/,
      )
      assert.equal(await cachedFiles(home), [])
    })
  }),
)

slow('a table with other categories is kept as wide as what a model has seen', () =>
  withTempFolder(async (folder) => {
    const write = (name: string, towns: string) => {
      const lines = [...towns].map((town) => `${town},${'pqr'.indexOf(town) + 1}`)
      return writeFile(join(folder, name), `town,y\n${lines.join('\n')}\n`)
    }
    await write('own.csv', 'pqrpqrpqr')
    await write('more.csv', 'rstupqrstu')
    await write('fewer.csv', 'rprprrprpp')
    const options = { target: 'y', task: 'regression', categorical: ['town'], threads: 1 }
    const made = (files: string) =>
      createAnyDataset(csvStream, { ...options, files, testPart: 2, cache: true }, { folder })
    await withCacheIn(join(folder, 'home'), async () => {
      const own = made('own.csv')
      for (const name of ['more.csv', 'fewer.csv']) {
        const { train } = await made(name).load({ input: own.info.input })
        const { inputs, labels } = await listed(train, own)
        const wanted = (labels as number[]).flatMap((at) => [1, 2, 3].map((each) => +(each === at)))
        assert.equal(inputs, wanted, name)
      }
    })
  }),
)

slow('killed while it is written: what is left is taken for nothing, and made whole', () =>
  withTempFolder(async (root) => {
    const [data, home] = [join(root, 'data'), join(root, 'home')]
    await mkdir(data)
    await writePictureFolder(data, 6)
    const program = new URL('../support/read-cached.ts', import.meta.url)
    // It stops in the midst: what it has written of its cache is there, and never more.
    const child = startChild(program, { args: [data, 'stop'], env: { ASHLAR_HOME: home } })
    const ended = new Promise((resolve) => child.on('close', resolve))
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('error', reject)
      child.once('close', () => reject(new Error('it must not end by itself')))
    })
    child.kill('SIGKILL')
    await ended
    const left = await cachedFiles(home)
    assert.is(left.length, 1)
    assert.match(left[0]!, /\.npy\.[\da-f-]+\.part$/)
    const options = { folder: '.', size: [6, 6], threads: 1 }
    await withCacheIn(home, async () => {
      const cached = createAnyDataset(imageFolder, { ...options, cache: true }, { folder: data })
      const plain = createAnyDataset(imageFolder, { ...options, stream: true }, { folder: data })
      assert.equal(
        await listed((await cached.load()).train, cached),
        await listed((await plain.load()).train, plain),
      )
      const files = await cachedFiles(home)
      assert.equal(files.filter((name) => !name.endsWith('.part')).length, 2)
    })
  }),
)

test.run()
