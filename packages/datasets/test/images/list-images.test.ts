import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listClasses, listImages } from '../../src/images/list-images.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('listImages')

/** Empty files of these names, and the folders they need. */
async function write(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), '')
  }
}

test('lists pictures by class and name, without what file managers leave', () =>
  withTempFolder(async (folder) => {
    await write(folder, [
      'b/2.PNG',
      'b/10.jpeg',
      'a/x.jpg',
      'a/.DS_Store',
      'b/Thumbs.db',
      '.git/x',
      'readme.txt',
    ])
    assert.equal(listClasses(folder), ['a', 'b'])
    assert.equal(listImages(folder, ['a', 'b']), [
      { path: join(folder, 'a/x.jpg'), label: 0 },
      { path: join(folder, 'b/10.jpeg'), label: 1 },
      { path: join(folder, 'b/2.PNG'), label: 1 },
    ])
  }))

test('wants at least two classes', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['a/x.jpg'])
    await rejects(
      () => listClasses(folder),
      DataError,
      `${folder}: must contain a sub folder of pictures for each of at least 2 classes, got ["a"]`,
    )
    await rejects(
      () => listClasses(join(folder, 'none')),
      DataError,
      `${join(folder, 'none')}: must be readable (no such file or directory)`,
    )
  }))

test('refuses a folder that is no class, as test sets may have', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['a/x.jpg', 'c/x.jpg'])
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      `${join(folder, 'c')}: the name of the folder must be a class: a, b`,
    )
  }))

test('refuses what it cannot read, and empty classes', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['a/x.jpg', 'b/x.bmp'])
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      `${join(folder, 'b/x.bmp')}: only pictures must lie here (.png, .jpg, .jpeg)\n  Convert the file or move it elsewhere.`,
    )
    await mkdir(join(folder, 'a/deeper.png'))
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      /deeper\.png: only pictures must lie here/,
    )
  }))

test('refuses a class without pictures', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['a/x.jpg'])
    await mkdir(join(folder, 'b'))
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      `${join(folder, 'b')}: must contain pictures (.png, .jpg, .jpeg), got an empty folder`,
    )
  }))

test.run()
