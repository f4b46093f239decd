import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idxPlugin } from '../../src/idx/idx-dataset.ts'
import { rejects } from '../support/errors.ts'
import { createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tiny, tinyFiles, writeTiny } from '../support/tiny-idx.ts'

const test = suite('classes of a dataset')

const plugin = idxPlugin(tiny)
const names = tiny.info.classes

const load = (options: Readonly<Record<string, unknown>>) =>
  withTempFolder(async (folder) => {
    await writeTiny(folder)
    const dataset = createDataset(plugin, { folder, ...options })
    return { info: dataset.info, ...(await dataset.load()) }
  })

test('keeps those that are named, by name or index, in that order', async () => {
  const { info, train, test: held, digest } = await load({ classes: [2, names[0]] })
  assert.equal(info.classes, [names[2], names[0]])
  // The files have 0, 1, 2 over and over: of each three the first and the third are left.
  assert.equal([...(train.labels as Uint8Array)], [1, 0, 1, 0, 1, 0, 1, 0])
  assert.is(train.length, 8)
  const pixels = [...tinyFiles.get('train-images-idx3-ubyte')!.subarray(16)]
  const image = (row: number) => pixels.slice(12 * row, 12 * row + 12)
  assert.equal(
    [...(train.inputs as Uint8Array)],
    [0, 2, 3, 5, 6, 8, 9, 11].flatMap((row) => image(row)),
  )
  assert.ok([...(held.labels as Uint8Array)].every((label) => label < 2))
  assert.is.not(digest, (await load({})).digest)
})

test('takes the first of each class for training, and all of them for the test', async () => {
  const { train, test: held } = await load({ perClass: 2 })
  assert.equal([...(train.labels as Uint8Array)], [0, 1, 2, 0, 1, 2])
  assert.is(held.length, 6)
  const few = await load({ classes: [1, 2], perClass: 3, limit: 4 })
  assert.equal([...(few.train.labels as Uint8Array)], [0, 1, 0, 1])
})

test('refuses a class that is not there, or is named twice', async () => {
  await rejects(
    () => load({ classes: [0, 3] }),
    ConfigError,
    'tiny.classes: must be names of its classes, or indices from 0 to 2, got 3',
  )
  await rejects(
    () => load({ classes: [0, `${names[1]}x`] }),
    ConfigError,
    new RegExp(`Did you mean ${JSON.stringify(names[1])}\\?$`),
  )
  await rejects(
    () => load({ classes: [0, names[0]] }),
    ConfigError,
    /^tiny\.classes: each class must be named once/,
  )
})

test.run()
