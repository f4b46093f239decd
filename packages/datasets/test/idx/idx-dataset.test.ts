import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idxPlugin } from '../../src/idx/idx-dataset.ts'
import { rejects } from '../support/errors.ts'
import { withServer } from '../support/file-server.ts'
import { createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { idxBytes, tiny, tinyFiles, writeTiny } from '../support/tiny-idx.ts'

const plugin = idxPlugin(tiny)
const IMAGES = 'train-images-idx3-ubyte'

const test = suite('idxPlugin')

test('reads images and labels as they are in the files', () =>
  withTempFolder(async (folder) => {
    await writeTiny(folder)
    const { train, test: held } = await createDataset(plugin, { folder }).load()
    assert.equal([...train.inputs], [...tinyFiles.get(IMAGES)!.subarray(16)])
    assert.equal([...train.labels], [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    assert.is(held.length, 6)
  }))

test('gives the same data and digest from plain, packed, dotted and mirrored files', async () => {
  const digests = new Set<string>()
  for (const layout of [
    {},
    { gzip: true },
    { rename: (name: string) => name.replace('-idx', '.idx') },
  ]) {
    await withTempFolder(async (folder) => {
      await writeTiny(folder, layout)
      digests.add((await createDataset(plugin, { folder: '.' }, { folder }).load()).digest)
    })
  }
  await withTempFolder(async (home) => {
    const saved = process.env.ASHLAR_HOME
    process.env.ASHLAR_HOME = home
    try {
      await withServer(
        (request, response) => {
          const bytes = tinyFiles.get(request.url!.slice(1).replace('.gz', ''))
          response.writeHead(bytes ? 200 : 404).end(bytes && gzipSync(bytes))
        },
        async (address) => {
          digests.add((await createDataset(plugin, { mirror: [address] }).load()).digest)
        },
      )
    } finally {
      if (saved === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = saved
    }
  })
  assert.is(digests.size, 1)
})

for (const [what, bytes, message] of [
  [
    'cut short',
    tinyFiles.get(IMAGES)!.subarray(0, 100),
    /must be 160 bytes long .*, got 100\n {2}The file is cut short/,
  ],
  [
    'of another kind',
    Buffer.from('hello, world'),
    /must start with an idx magic number .*, got 68 65 6c 6c\n/,
  ],
  [
    'of another count',
    idxBytes([11, 4, 3], Array(132).fill(0)),
    /must hold an array of shape \[12, 4, 3\], got \[11, 4, 3\]$/,
  ],
  [
    'of another rank',
    idxBytes([12, 12], Array(144).fill(0)),
    /must hold an array of shape \[12, 4, 3\], got \[12, 12\]$/,
  ],
  [
    'changed',
    idxBytes([12, 4, 3], Array(144).fill(0)),
    /the contents must have the SHA-256 [0-9a-f]{64}, got "[0-9a-f]{64}"\n/,
  ],
] as const) {
  for (const name of [IMAGES, `${IMAGES}.gz`]) {
    test(`refuses ${name} that is ${what}`, () =>
      withTempFolder(async (folder) => {
        await writeTiny(folder)
        await rm(join(folder, IMAGES))
        const path = join(folder, name)
        await writeFile(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes)
        const error = await createDataset(plugin, { folder })
          .load()
          .catch((thrown) => thrown)
        assert.instance(error, DataError)
        assert.ok(error.message.startsWith(`${path}: `), error.message)
        assert.match(error.message, message)
      }))
  }
}

test('says where to get the files when no source is named', async () => {
  await rejects(
    () => createDataset(plugin).load(),
    DataError,
    'tiny: the options must say where the files are: `folder` or `mirror`\n  Make the files.',
  )
})

test('shows the same hint when a folder lacks a file', () =>
  withTempFolder(async (folder) => {
    await rejects(
      () => createDataset(plugin, { folder }).load(),
      DataError,
      /\n {2}Make the files\.$/,
    )
  }))

test('refuses a declaration whose files do not fit each other', async () => {
  const { images, labels } = tiny.train
  for (const train of [
    { images, labels: { ...labels, shape: [10] } },
    { images, labels: { ...labels, shape: [12, 1] } },
    { images: { ...images, shape: [12, 4, 4] }, labels },
    { images: { ...images, shape: [24, 4, 3] }, labels },
  ]) {
    await rejects(
      () => idxPlugin({ ...tiny, train }),
      ConfigError,
      /^tiny: train: must declare images of shape \[count, \.\.\.\] with as many numbers as inputShape \[4, 3, 1\], and labels of shape \[count\], got /,
    )
  }
})

test('refuses a label that is no class', () =>
  withTempFolder(async (folder) => {
    await writeTiny(folder)
    const narrow = idxPlugin({ ...tiny, info: { ...tiny.info, classes: ['a', 'b'] } })
    await rejects(
      () => createDataset(narrow, { folder }).load(),
      DataError,
      'train-labels-idx1-ubyte, label 2: must be the index of one of 2 classes, got 2',
    )
  }))

for (const [options, message] of [
  [{ folder: 'a', mirror: true }, 'give either `folder` or `mirror`, not both'],
  [{ mirror: ['ftp://somewhere/'] }, 'Invalid URL'],
  [{ mirror: [] }, 'Too small: expected array to have >=1 items'],
  [{ limit: 0 }, 'Too small: expected number to be >0'],
] as const) {
  test(`refuses the options ${JSON.stringify(options)}`, () => {
    const { error } = plugin.options.safeParse(options)
    assert.is(error?.issues[0]?.message, message)
  })
}

test('takes folder together with mirror: false', () => {
  assert.ok(plugin.options.safeParse({ folder: 'a', mirror: false }).success)
})

test.run()
