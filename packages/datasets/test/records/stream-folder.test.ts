import { join } from 'node:path'
import type { DatasetInfo } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imageFolder } from '../../src/index.ts'
import { isStreamed } from '../../src/records/stream-folder.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { contextWith } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('folders that are streamed')

/** Bytes of a picture of this shape: 64 MiB. */
const info = { inputShape: [4096, 4096, 4] } as unknown as DatasetInfo

test('pictures that come to more than 512 MiB are streamed, of all folders together, and others are not', () =>
  withTempFolder(async (folder) => {
    const [train, tested] = [join(folder, 'train'), join(folder, 'test')]
    await writePictureFolder(train, 3)
    await writePictureFolder(tested, 1)
    const options = (more: object) =>
      imageFolder.options.parse({ folder: '.', size: [4, 4], ...more })
    const of = (folders: string[], more: object = {}) => isStreamed(folders, info, options(more))
    // 6 and 2 pictures: 512 MiB, which is not more.
    assert.is(of([train, tested]), false)
    assert.is(of([train]), false)
    assert.is(of([train, tested, tested]), true)
    assert.is(of([train, tested, tested], { stream: false }), false)
    assert.is(of([tested], { stream: true }), true)
    assert.is(of([tested], { cache: true }), true)
    assert.throws(
      () => of([tested], { cache: true, stream: false }),
      /image-folder\.cache: must be left out where pictures are held in memory \(`stream: false`\)/,
    )
    // What the dataset gives follows from it.
    const dataset = imageFolder.create(options({ folder: 'train' }), contextWith({ folder }))
    assert.is((await dataset.load()).train.stream, undefined)
  }))

test.run()
