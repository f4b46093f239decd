import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import { checkOptions } from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readableFormats } from '../../src/images/formats.ts'
import { imageFolder } from '../../src/records/image-folder.ts'
import { rejects } from '../support/errors.ts'
import { writePicture, writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset, createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('image-folder')

test('gives pictures of one size with the class of their folder', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 10)
    const { info, load } = createDataset(imageFolder, { folder: '.', size: [3, 5] }, { folder })
    assert.equal(info.inputShape, [3, 5, 3])
    assert.equal(info.classes, ['cat', 'dog'])
    const { train, test: held } = await load()
    assert.is(train.length, 16)
    assert.is(held.length, 4)
    for (const split of [train, held]) {
      for (let i = 0; i < split.length; i++) {
        // Red tells the class; JPEG may be off by a little.
        assert.ok(Math.abs(split.inputs[i * 45]! - split.labels[i]! * 200) < 4)
      }
    }
  }))

test('takes some of every class under a limit, the same ones whatever the seed', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(join(folder, 'train'), 20)
    await writePictureFolder(join(folder, 'test'), 3)
    const options = { folder: 'train', test: 'test', size: [2, 2], limit: 10 }
    const load = (seed: number) => createDataset(imageFolder, options, { folder, seed }).load()
    const { train, test: held, digest } = await load(1)
    assert.is(new Set(train.labels).size, 2)
    assert.is(held.length, 6)
    assert.is((await load(2)).digest, digest)
  }))

test('train, validation and test of one folder are known, in memory and streamed', () =>
  withTempFolder(async (folder) => {
    for (const [part, each] of Object.entries({ train: 6, val: 3, test: 2 })) {
      await writePictureFolder(join(folder, 'data', part), each)
    }
    const lengths = async (options: object) => {
      const all = { size: [2, 2], threads: 0, ...options }
      const dataset = createAnyDataset(imageFolder, all, { folder })
      assert.equal(dataset.info.classes, ['cat', 'dog'])
      const { train, validation, test: held, digest } = await dataset.load()
      return { lengths: [train.length, validation?.length, held.length], digest }
    }
    const found = await lengths({ folder: 'data' })
    assert.equal(found.lengths, [12, 6, 4])
    const named = { folder: 'data/train', validationFolder: 'data/val', test: 'data/test' }
    assert.equal(await lengths(named), found)
    assert.equal((await lengths({ folder: 'data', stream: true })).lengths, [12, 6, 4])
    assert.equal((await lengths({ folder: 'data', test: 'data/val' })).lengths, [12, 6, 6])
    assert.match(
      await refusal(() => lengths({ folder: 'data', validation: 0.5 })),
      /image-folder\.validation: must be left out, as the data has a validation split of its own/,
    )
    // Classes may be called so as well.
    await writePictureFolder(join(folder, 'odd'), 4)
    await rename(join(folder, 'odd/cat'), join(folder, 'odd/train'))
    await rename(join(folder, 'odd/dog'), join(folder, 'odd/test'))
    const odd = createAnyDataset(imageFolder, { folder: 'odd', size: [2, 2] }, { folder })
    assert.equal(odd.info.classes, ['test', 'train'])
  }))

test('what is transparent shows the background, and so does what contain adds', () =>
  withTempFolder(async (folder) => {
    for (const name of ['a', 'b']) {
      await mkdir(join(folder, name))
      for (const i of [0, 1]) {
        // Left half opaque red, right half transparent red; half as high as wide.
        const left = {
          create: { width: 4, height: 4, channels: 4, background: '#ff0000ff' },
        } as const
        const whole = {
          create: { width: 8, height: 4, channels: 4, background: '#ff000000' },
        } as const
        const half = await sharp(left).png().toBuffer()
        await sharp(whole)
          .composite([{ input: half, left: 0, top: 0 }])
          .png()
          .toFile(join(folder, name, `${i}.png`))
      }
    }
    const pixels = async (options: object) => {
      const base = { folder: '.', size: [8, 8], fit: 'contain', ...options }
      const { inputs } = (await createDataset(imageFolder, base, { folder }).load()).train
      const at = (row: number, column: number) =>
        Array.from(inputs.subarray((row * 8 + column) * 3, (row * 8 + column) * 3 + 3))
      return { added: at(0, 0), opaque: at(4, 0), transparent: at(4, 7) }
    }
    const red = [255, 0, 0]
    const { added, opaque } = await pixels({})
    assert.equal([added, opaque], [[0, 0, 0], red])
    const blue = [0, 0, 255]
    assert.equal(await pixels({ background: '#0000ff' }), {
      added: blue,
      opaque: red,
      transparent: blue,
    })
    const { info } = createDataset(imageFolder, { folder, size: [8, 8], background: '#0000ff' })
    assert.is(info.input?.kind === 'image' && info.input.background, '#0000ff')
    assert.throws(
      () => createDataset(imageFolder, { folder, size: [8, 8], background: 'blue' }),
      (error: Error) => /must be a colour such as/.test(error.message),
    )
  }))

test('normalization is said by name or by numbers', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 3)
    const of = (normalize: unknown) =>
      createDataset(imageFolder, { folder, size: [2, 2], normalize }).info.normalize
    assert.is(of('data'), 'data')
    assert.equal(of('imagenet'), { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })
    assert.equal(of({ mean: [0.5], std: [0.5] }), { mean: [0.5], std: [0.5] })
    assert.throws(() => of({ mean: [0.5], std: [0] }))
  }))

test('names the picture that is damaged', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 3)
    await writeFile(join(folder, 'dog', '001.jpg'), 'no picture')
    await rejects(
      () => createDataset(imageFolder, { folder, size: [2, 2] }).load(),
      DataError,
      new RegExp(`^${join(folder, 'dog', '001.jpg')}: must be a whole ${readableFormats} picture`),
    )
  }))

test('decodes only what is used', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 3)
    await writeFile(join(folder, 'dog', '001.jpg'), 'no picture')
    const used = await Promise.all(
      [1, 2, 3, 4].map((limit) =>
        createDataset(imageFolder, { folder, size: [2, 2], testPart: 1, limit })
          .load()
          .then(
            () => 'read',
            () => 'failed',
          ),
      ),
    )
    assert.ok(used.includes('read'), `${used}`)
  }))

test('leaves broken pictures out when it is told to, and lists them', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(join(folder, 'train'), 6)
    await writePictureFolder(join(folder, 'test'), 2)
    const broken = ['train/cat/002.png', 'train/dog/001.jpg', 'test/dog/000.png']
    const odd = join(folder, 'test/cat/notes.txt')
    for (const name of broken) await writeFile(join(folder, name), 'no picture')
    await writeFile(odd, 'no picture, and not called one')
    const options = { folder: 'train', test: 'test', size: [2, 2], broken: 'skip' }
    const { load } = createDataset(imageFolder, options, { folder })
    const { train, test: held, leftOut } = await load()
    assert.is(train.length, 10)
    assert.is(train.inputs.length, 10 * 12)
    assert.is(train.labels.length, 10)
    assert.is(held.length, 3)
    assert.equal(
      leftOut?.map(({ where }) => where).sort(),
      [...broken.map((name) => join(folder, name)), odd].sort(),
    )
    for (const { where, reason } of leftOut ?? []) {
      const expected =
        where === odd
          ? /^must be a picture by its name$/
          : /^must be a whole PNG, .* or TGA picture \(/
      assert.match(reason, expected)
    }
    // What is left is what the sound pictures alone give.
    for (const split of [train, held]) {
      for (let i = 0; i < split.length; i++) {
        assert.ok(Math.abs(split.inputs[i * 12]! - split.labels[i]! * 200) < 4)
      }
    }
    assert.is((await load()).digest, (await load()).digest)
  }))

test('leaves nothing out that may be there, and no class without a picture', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 2)
    const load = () =>
      createDataset(imageFolder, { folder, test: folder, size: [2, 2], broken: 'skip' }).load()
    for (const name of ['000.png', '001.jpg']) await writeFile(join(folder, 'cat', name), '')
    await rejects(
      load,
      DataError,
      /cat.*: the class "cat" must have a picture that can be read among those that are used, and all are broken\n/,
    )
    await rm(join(folder, 'cat', '000.png'))
    await writePicture(join(folder, 'cat', '001.jpg'), [1, 2, 3])
    assert.is((await load()).leftOut?.length, 0)
    await mkdir(join(folder, 'cat', '002.png'))
    await rejects(load, DataError, /002\.png: only pictures must lie here/)
  }))

test('a folder of its own to validate with, in memory and streamed', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(join(folder, 'train'), 10)
    await writePictureFolder(join(folder, 'val'), 3)
    await writePictureFolder(join(folder, 'test'), 2)
    const usual = { folder: 'train', size: [2, 2] as const, validationFolder: 'val' }
    const lengths = async (options: object, stream: boolean) => {
      const { info, load } = createAnyDataset(
        imageFolder,
        { ...usual, ...options, stream },
        { folder },
      )
      const { train, validation, test: held } = await load()
      assert.match(info.source, /train, .*val/)
      return [train.length, validation?.length, held.length]
    }
    for (const stream of [false, true]) {
      assert.equal(await lengths({ test: 'test' }, stream), [20, 6, 4])
      // What is tested with is held out of the training folder alone.
      assert.equal(await lengths({ testPart: 0.25 }, stream), [15, 6, 5])
      assert.equal(await lengths({ test: 'test', limit: 8 }, stream), [8, 6, 4])
    }
    for (const stream of [false, true]) {
      await rejects(
        () => createDataset(imageFolder, { ...usual, validation: 0.2, stream }, { folder }).load(),
        ConfigError,
        /^image-folder\.validation: must be left out, as the data has a validation split of its own, got 0\.2$/,
      )
    }
  }))

for (const [size, given] of [
  [[32], '[32]'],
  [32, '32'],
] as const) {
  test(`size ${given}: says what it must be`, () => {
    assert.throws(
      () => checkOptions(imageFolder, { folder: 'a', size }),
      new RegExp(
        `^image-folder\\.size: must be a list of 2: each a positive integer <= 8192, got ${given.replace(/[[\]]/g, '\\$&')}\\n  Height and width that the pictures are brought to\\.$`,
      ),
    )
  })
}

for (const options of [
  { size: [0, 2] },
  { size: [2] },
  { size: [2, 2], channels: 2 },
  { size: [2, 2], broken: 'keep' },
  {},
]) {
  test(`refuses the options ${JSON.stringify(options)}`, () => {
    assert.not(imageFolder.options.safeParse({ folder: 'a', ...options }).success)
  })
}

test.run()
