import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imageFolder } from '../../src/images/image-folder.ts'
import { rejects } from '../support/errors.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { createDataset } from '../support/plugins.ts'
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

test('names the picture that is damaged', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 3)
    await writeFile(join(folder, 'dog', '001.jpg'), 'no picture')
    await rejects(
      () => createDataset(imageFolder, { folder, size: [2, 2] }).load(),
      DataError,
      new RegExp(`^${join(folder, 'dog', '001.jpg')}: must be a whole PNG or JPEG picture`),
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

for (const options of [{ size: [0, 2] }, { size: [2] }, { size: [2, 2], channels: 2 }, {}]) {
  test(`refuses the options ${JSON.stringify(options)}`, () => {
    assert.not(imageFolder.options.safeParse({ folder: 'a', ...options }).success)
  })
}

test.run()
