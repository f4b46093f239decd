import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { datasets, idxPlugin } from '../src/index.ts'
import { datasetContract } from './contract.ts'
import { writePictureFolder } from './support/pictures.ts'
import { createDataset } from './support/plugins.ts'
import { withTempFolder } from './support/temp-folder.ts'
import { tiny, writeTiny } from './support/tiny-idx.ts'

/** Options that each plugin needs to load without a network; a plugin that is missing here fails the suite. */
const subjects: Record<string, (folder: string) => Promise<Record<string, unknown>>> = {
  mnist: async () => ({}),
  'image-folder': async (folder) => {
    await writePictureFolder(folder, 10)
    return { folder: '.', size: [4, 4] }
  },
  csv: async (folder) => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i * 1.5},${i % 3},${'abc'[i % 3]}`)
    await writeFile(join(folder, 'table.csv'), `a,b,kind\n${rows.join('\n')}\n`)
    return { file: 'table.csv', target: 'kind', task: 'classification' }
  },
  arrays: async () => ({
    inputs: Array.from({ length: 20 }, (_, i) => [i, i * i]),
    labels: Array.from({ length: 20 }, (_, i) => i / 7),
    task: 'regression',
  }),
}

/** Plugins whose data cannot be at hand here, and the test that holds them to the contract instead. */
const elsewhere: Record<string, string> = {
  'fashion-mnist': 'test/peers/fashion-mnist.test.ts: its 30 MB come from a Debian package',
  cifar10:
    'test/cifar/cifar-dataset.test.ts and test/peers/cifar.test.ts: no package carries its 170 MB',
  cifar100:
    'test/cifar/cifar-dataset.test.ts and test/peers/cifar.test.ts: no package carries its 170 MB',
}

const test = suite('datasets')

test('have names of their own', () => {
  assert.is(new Set(datasets.map(({ name }) => name)).size, datasets.length)
})

for (const plugin of datasets) {
  test(`${plugin.name}: describes every option and refuses unknown ones`, () => {
    assert.ok(plugin.description.endsWith('.'))
    for (const [key, schema] of Object.entries<z.ZodType>(plugin.options.shape)) {
      assert.ok(schema.description, `${key} must have a description`)
    }
    assert.equal(
      Object.keys(z.toJSONSchema(plugin.options, { io: 'input' }).properties ?? {}),
      Object.keys(plugin.options.shape),
      'options must have a JSON Schema',
    )
    const { success, error } = plugin.options.safeParse({ nonsense: 1 })
    assert.not(success)
    assert.ok(error?.issues.some(({ code }) => code === 'unrecognized_keys'))
  })

  const subject = subjects[plugin.name]
  if (!subject) {
    test(`${plugin.name}: is held to the contract elsewhere`, () => {
      assert.ok(elsewhere[plugin.name], `${plugin.name} must be in \`subjects\``)
    })
    continue
  }
  for (const { name, check } of datasetContract) {
    test(`${plugin.name}: ${name}`, () =>
      withTempFolder(async (folder) => {
        const options = await subject(folder)
        await check((more): Dataset => createDataset(plugin, { ...options, ...more }, { folder }))
      }))
  }
}

for (const { name, check } of datasetContract) {
  test(`a dataset of another's: ${name}`, () =>
    withTempFolder(async (folder) => {
      await writeTiny(folder)
      await check((more) => createDataset(idxPlugin(tiny), { folder: '.', ...more }, { folder }))
    }))
}

test('load MNIST in well under a second', async () => {
  const start = performance.now()
  await createDataset(datasets.find(({ name }) => name === 'mnist')!).load()
  const seconds = (performance.now() - start) / 1000
  assert.ok(seconds < 1.5, `took ${seconds} s`)
})

test.run()
