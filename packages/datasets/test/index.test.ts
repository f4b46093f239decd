import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from '@ashlar/core'
import { type ExamplesByName, testPlugins } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { datasetPlugins, idxPlugin } from '../src/index.ts'
import { writePictureFolder } from './support/pictures.ts'
import {
  npy,
  picture,
  records,
  writeCsv,
  writeLines,
  writeParquet,
  writeSounds,
  writeTar,
} from './support/records.ts'
import { tiny, writeTiny } from './support/tiny-idx.ts'

const { test, slow } = tieredSuite('datasets')

const kind = { target: 'kind', task: 'classification' }

// Each check of some, and in the tier `slow` of all.
const some = oneIn(6, { test, slow })

// Each of these starts processes and threads.
const fewer = oneIn(10, { test, slow })

const streamed = {
  'json-lines': {
    prepare: (folder) => writeLines(join(folder, 'a.jsonl'), records(24)),
    options: { files: 'a.jsonl', input: ['a', 'list'], as: 'numbers', shape: [3], ...kind },
  },
  parquet: {
    prepare: (folder) => writeParquet(join(folder, 'a.parquet'), records(24)),
    options: { files: '.', input: 'image', as: 'picture', size: [4, 4], ...kind },
  },
  webdataset: {
    prepare: async (folder) => {
      await writeTar(join(folder, 'a-00.tar'), records(24).slice(0, 12))
      await writeTar(join(folder, 'a-01.tar'), records(24).slice(12))
    },
    options: {
      files: 'a-{00..01}.tar',
      input: 'jpg',
      as: 'picture',
      size: [4, 4],
      target: 'cls',
      task: 'classification',
    },
  },
  'csv-stream': {
    prepare: (folder) => writeCsv(join(folder, 'a.csv'), records(24)),
    // What is fitted to the samples differs with a limit.
    options: { files: 'a.csv', features: ['a', 'id'], standardize: false, ...kind },
  },
  numpy: {
    prepare: async (folder) => {
      const inputs = Float32Array.from({ length: 24 * 3 }, (_, at) => at / 7)
      await writeFile(join(folder, 'x.npy'), npy('<f4', [24, 3], inputs))
      const labels = Int32Array.from({ length: 24 }, (_, at) => at % 3)
      await writeFile(join(folder, 'y.npy'), npy('<i4', [24], labels))
    },
    options: { inputs: 'x.npy', labels: 'y.npy', task: 'classification' },
  },
  text: {
    prepare: (folder) =>
      writeFile(
        join(folder, 'a.txt'),
        Array.from({ length: 60 }, (_, at) => `line ${at}\n`).join(''),
      ),
    options: { files: 'a.txt', tokens: 16 },
  },
  'sound-folder': {
    prepare: (folder) => writeSounds(folder, 12),
    options: { folder: '.', length: 8, rate: 100 },
  },
  folders: {
    prepare: async (folder) => {
      for (const name of ['pictures', 'kinds']) await mkdir(join(folder, name))
      for (const { id, kind } of records(24)) {
        await writeFile(join(folder, 'pictures', `${id}.png`), await picture(id))
        await writeFile(join(folder, 'kinds', `${id}.txt`), kind)
      }
    },
    options: {
      folders: { image: 'pictures', kind: 'kinds' },
      ...{ input: 'image', as: 'picture', size: [4, 4], target: 'kind', task: 'classification' },
    },
  },
  mix: {
    prepare: (folder) => writePictureFolder(folder, 10),
    options: {
      of: [
        { name: 'image-folder', folder: '.', size: [4, 4] },
        { name: 'image-folder', folder: '.', size: [4, 4], stream: true, testPart: 0.3 },
      ],
      weights: [1, 2],
    },
  },
} satisfies ExamplesByName['dataset']

const isStreamed = ({ name }: Plugin) => Object.hasOwn(streamed, name)
const inMemory = [...datasetPlugins, idxPlugin(tiny)].filter((each) => !isStreamed(each))

testPlugins(
  fewer,
  datasetPlugins.filter(isStreamed),
  { dataset: streamed },
  { using: datasetPlugins },
)

testPlugins(some, inMemory, {
  dataset: {
    mnist: {},
    'image-folder': [
      {
        prepare: (folder) => writePictureFolder(folder, 10),
        options: { folder: '.', size: [4, 4] },
      },
      {
        prepare: (folder) => writePictureFolder(folder, 10),
        options: { folder: '.', size: [4, 4], stream: true },
      },
    ],
    csv: {
      prepare: (folder) => {
        const rows = Array.from({ length: 20 }, (_, i) => `${i * 1.5},${i % 3},${'abc'[i % 3]}`)
        return writeFile(join(folder, 'table.csv'), `a,b,kind\n${rows.join('\n')}\n`)
      },
      // What is fitted to the samples differs with a limit.
      options: { file: 'table.csv', target: 'kind', task: 'classification', standardize: false },
    },
    arrays: {
      options: {
        inputs: Array.from({ length: 20 }, (_, i) => [i, i * i]),
        labels: Array.from({ length: 20 }, (_, i) => i / 7),
        task: 'regression',
      },
    },
    shapes: [
      { options: { size: 8, samples: 12, testSamples: 6 } },
      { options: { size: 8, task: 'multi-label', samples: 12, testSamples: 6 } },
      { options: { size: 8, task: 'reconstruction', samples: 12, testSamples: 6 } },
    ],
    sentences: { options: { tokens: 12, samples: 12, testSamples: 6 } },
    reviews: { options: { samples: 12, testSamples: 6 } },
    melodies: { options: { notes: 2, samples: 12, testSamples: 6 } },
    tags: { options: { samples: 12, testSamples: 6 } },
    'mixed-table': {
      elsewhere: 'in made/mixed-table.test.ts: what is fitted to its rows differs with a limit',
    },
    waves: { options: { steps: 6, samples: 12, testSamples: 6 } },
    // A dataset of another's.
    tiny: { prepare: writeTiny, options: { folder: '.' } },
    'fashion-mnist': {
      elsewhere: 'in peers/fashion-mnist.test.ts: its 30 MB come from a Debian package',
    },
    cifar10: {
      elsewhere: 'in cifar/cifar-dataset.test.ts and peers: no package carries its 170 MB',
    },
    cifar100: {
      elsewhere: 'in cifar/cifar-dataset.test.ts and peers: no package carries its 170 MB',
    },
  },
})

test.run()
