import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { testPlugins } from '@ashlar/core/testing'
import { DataError } from '@ashlar/errors'
import { packTar } from 'modern-tar'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CifarDeclaration, cifarPlugin } from '../../src/cifar/cifar-dataset.ts'
import { cifar10Declaration } from '../../src/cifar/cifar10.ts'
import { cifar100Declaration } from '../../src/cifar/cifar100.ts'
import { sha256 } from '../../src/files/pinned-digest.ts'
import { rejects } from '../support/errors.ts'
import { createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** Records of two label bytes (always 9, then the class) and 2 x 1 pixels as planes: reds, greens, blues. */
const record = (image: number) => [9, image % 3, ...[0, 1, 2, 3, 4, 5].map((i) => image * 10 + i)]
const files = new Map([
  ['a.bin', Buffer.from([0, 1, 2, 3, 4].flatMap(record))],
  ['b.bin', Buffer.from([5, 6, 7, 8, 9].flatMap(record))],
  ['t.bin', Buffer.from([10, 11, 12, 13].flatMap(record))],
])
const file = (name: string, images: number) => ({ name, images, sha256: sha256(files.get(name)!) })
const declaration: CifarDeclaration = {
  info: {
    name: 'tiny',
    inputShape: [2, 1, 3],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: ['a', 'b', 'c'],
    licence: 'CC0-1.0',
    source: 'this test',
  },
  description: 'Tiny images.',
  train: [file('a.bin', 5), file('b.bin', 5)],
  test: [file('t.bin', 4)],
  labelBytes: 2,
  classByte: 1,
  archive: { name: 'tiny.tar.gz', folder: 'tiny-bin', url: 'https://tiny.example/tiny.tar.gz' },
}
const plugin = cifarPlugin(declaration)

const test = suite('cifarPlugin')

async function write(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
}

async function archive(changes: ReadonlyMap<string, Buffer> = new Map()): Promise<Buffer> {
  const entries = [...new Map([...files, ...changes])].map(([name, body]) => ({
    header: { name: `tiny-bin/${name}`, size: body.length, type: 'file' as const },
    body,
  }))
  const readme = {
    header: { name: 'tiny-bin/readme.html', size: 2, type: 'file' as const },
    body: 'hi',
  }
  return gzipSync(await packTar([readme, ...entries]))
}

test('interleaves the colour planes and reads the class', () =>
  withTempFolder(async (folder) => {
    await write(folder)
    const { train, test: held } = await createDataset(plugin, { folder }).load()
    assert.equal([...train.inputs.subarray(0, 12)], [0, 2, 4, 1, 3, 5, 10, 12, 14, 11, 13, 15])
    assert.equal([...train.labels], [0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
    assert.equal([...held.inputs.subarray(0, 6)], [100, 102, 104, 101, 103, 105])
    assert.equal([...held.labels], [1, 2, 0, 1])
  }))

test('finds the files, their folder or their archive', async () => {
  const digests = new Set<string>()
  const load = async (folder: string) =>
    digests.add((await createDataset(plugin, { folder: '.' }, { folder }).load()).digest)
  await withTempFolder(async (folder) => {
    await write(folder)
    await load(folder)
  })
  await withTempFolder(async (folder) => {
    await write(join(folder, 'tiny-bin'))
    await load(folder)
  })
  await withTempFolder(async (folder) => {
    await writeFile(join(folder, 'tiny.tar.gz'), await archive())
    await load(folder)
  })
  assert.is(digests.size, 1)
})

test('says what a folder must contain', () =>
  withTempFolder(async (folder) => {
    await rejects(
      () => createDataset(plugin, { folder }).load(),
      DataError,
      `${folder}: must contain a.bin, tiny-bin or tiny.tar.gz\n  Download https://tiny.example/tiny.tar.gz into this folder.`,
    )
  }))

test('refuses a file that is cut short, or changed', () =>
  withTempFolder(async (folder) => {
    await write(folder)
    const path = join(folder, 'b.bin')
    await writeFile(path, files.get('b.bin')!.subarray(0, 39))
    await rejects(
      () => createDataset(plugin, { folder }).load(),
      DataError,
      `${path}: must be 40 bytes long (5 images of 8 bytes), got 39\n  The file is cut short: get it again.`,
    )
    await writeFile(path, Buffer.alloc(40))
    await rejects(
      () => createDataset(plugin, { folder }).load(),
      DataError,
      new RegExp(
        `^${path}: the contents must have the SHA-256 ${sha256(files.get('b.bin')!)}, got`,
      ),
    )
  }))

test('refuses an archive that is damaged, lacks a file, or holds another', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'tiny.tar.gz')
    const load = () => createDataset(plugin, { folder }).load()
    await writeFile(path, (await archive()).subarray(0, 60))
    await rejects(
      load,
      DataError,
      /tiny\.tar\.gz: must be a whole \.tar\.gz archive \(.+\)\n {2}The file is damaged/,
    )
    await writeFile(path, 'no archive')
    await rejects(
      load,
      DataError,
      /tiny\.tar\.gz: must be a whole \.tar\.gz archive \(incorrect header check\)/,
    )
    await writeFile(path, await archive(new Map([['b.bin', Buffer.alloc(7)]])))
    await rejects(
      load,
      DataError,
      `${path}: must contain b.bin of 40 bytes\n  This is another archive: get it again.`,
    )
    await writeFile(path, await archive(new Map([['b.bin', Buffer.alloc(40)]])))
    await rejects(load, DataError, /tiny\.tar\.gz: b\.bin: the contents must have the SHA-256/)
  }))

testPlugins(test, [plugin], {
  dataset: { tiny: { options: { folder: '.' }, prepare: write } },
})

for (const [{ info, train, test: held }, classes] of [
  [cifar10Declaration, 10],
  [cifar100Declaration, 100],
] as const) {
  test(`${info.name} declares 50,000 + 10,000 images of ${classes} classes`, () => {
    const count = (parts: readonly { images: number }[]) =>
      parts.reduce((sum, { images }) => sum + images, 0)
    assert.is(count(train), 50_000)
    assert.is(count(held), 10_000)
    assert.is(new Set(info.classes).size, classes)
    assert.equal(info.classes, [...info.classes].sort())
    for (const { sha256: digest } of [...train, ...held]) assert.match(digest, /^[0-9a-f]{64}$/)
  })
}

test('refuses a label that is no class', () =>
  withTempFolder(async (folder) => {
    await write(folder)
    const info = { ...declaration.info, classes: ['a', 'b'] }
    await rejects(
      () => createDataset(cifarPlugin({ ...declaration, info }), { folder }).load(),
      DataError,
      'a.bin, label 2: must be the index of one of 2 classes, got 2',
    )
  }))

test.run()
