import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testPlugins } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { datasetPlugins, idxPlugin } from '../src/index.ts'
import { writePictureFolder } from './support/pictures.ts'
import { tiny, writeTiny } from './support/tiny-idx.ts'

const { test, slow } = tieredSuite('datasets')

// Each check of some, and in the tier `slow` of all.
const some = oneIn(3, { test, slow })

testPlugins(some, [...datasetPlugins, idxPlugin(tiny)], {
  dataset: {
    mnist: {},
    'image-folder': {
      prepare: (folder) => writePictureFolder(folder, 10),
      options: { folder: '.', size: [4, 4] },
    },
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
    tags: { options: { samples: 12, testSamples: 6 } },
    'mixed-table': { options: { samples: 12, testSamples: 6 } },
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
