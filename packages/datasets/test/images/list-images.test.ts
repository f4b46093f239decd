import { link, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pictureExtensions } from '../../src/images/formats.ts'
import { listClasses, listImages } from '../../src/images/list-images.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('listImages')
const ENDINGS = pictureExtensions.join(', ')

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
      'b/desktop.ini',
      'b/._2.PNG',
      '.git/x',
      '__MACOSX/b/._2.PNG',
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
    await write(folder, ['a/x.jpg', 'b/x.exr'])
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      `${join(folder, 'b/x.exr')}: only pictures must lie here (${ENDINGS})\n  Convert the file, move it elsewhere, or leave out what is no picture: dataset.broken=skip.`,
    )
    await mkdir(join(folder, 'a/deeper.png'))
    await rejects(
      () => listImages(folder, ['a', 'b']),
      DataError,
      /deeper\.png: only pictures must lie here/,
    )
  }))

test('leaves out files that are no pictures where they are asked for, and folders never', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['a/x.jpg', 'b/x.png', 'b/notes.txt'])
    const leftOut: LeftOut[] = []
    assert.is(listImages(folder, ['a', 'b'], { leftOut }).length, 2)
    const reason = 'must be a picture by its name'
    assert.equal(leftOut, [{ where: join(folder, 'b/notes.txt'), reason }])
    await mkdir(join(folder, 'a/deeper.png'))
    await rejects(
      () => listImages(folder, ['a', 'b'], { leftOut }),
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
      `${join(folder, 'b')}: must contain pictures (${ENDINGS}), got an empty folder`,
    )
  }))

test('follows links to folders and to pictures', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['data/a/x.jpg', 'data/b/x.jpg', 'elsewhere/x.jpg', 'y.jpg'])
    await symlink(join(folder, 'elsewhere'), join(folder, 'data/c'))
    await symlink('../../y.jpg', join(folder, 'data/a/y.jpg'))
    // The same picture twice in one class is what the links say.
    await symlink('x.jpg', join(folder, 'data/b/z.jpg'))
    const data = join(folder, 'data')
    assert.equal(listClasses(data), ['a', 'b', 'c'])
    const names = listImages(data, ['a', 'b', 'c']).map(
      ({ path, label }) => `${label} ${path.slice(data.length + 1)}`,
    )
    assert.equal(names, ['0 a/x.jpg', '0 a/y.jpg', '1 b/x.jpg', '1 b/z.jpg', '2 c/x.jpg'])
  }))

test('refuses links that lead nowhere, in a circle, or to a picture of another class', () =>
  withTempFolder(async (folder) => {
    const refused = async (name: string, make: (data: string) => Promise<void>, expected: string) =>
      withTempFolder(async (data) => {
        await write(data, ['a/x.jpg', 'b/x.jpg'])
        await make(data)
        await rejects(
          () => listImages(data, [...listClasses(data)]),
          DataError,
          `${join(data, name)}: ${expected.replaceAll('DATA', data)}`,
        )
      })
    await refused(
      'c',
      (data) => symlink(join(folder, 'none'), join(data, 'c')),
      'a link must lead to something that can be read (no such file or directory)\n  Mend or remove the link.',
    )
    await refused(
      'a/y.jpg',
      (data) => symlink('y.jpg', join(data, 'a/y.jpg')),
      'a link must lead to something that can be read (too many symbolic links encountered)\n  Mend or remove the link.',
    )
    await refused(
      'c/a',
      (data) => symlink(data, join(data, 'c')),
      `only pictures must lie here (${ENDINGS})\n  Convert the file or move it elsewhere.`,
    )
    const twice =
      'a picture must be in one class, and this file is DATA/a/x.jpg, too\n  Remove one of the links.'
    await refused('c/x.jpg', (data) => symlink('a', join(data, 'c')), twice)
    await refused('b/y.jpg', (data) => symlink('../a/x.jpg', join(data, 'b/y.jpg')), twice)
    await refused('b/y.jpg', (data) => link(join(data, 'a/x.jpg'), join(data, 'b/y.jpg')), twice)
  }))

test('refuses pictures beside the class folders, read or not, and takes other files for notes', async () => {
  for (const name of ['x.jpg', 'X.PNG', 'x.bmp', 'x.TGA', 'x.psd', 'x.HEIC', 'x.webp']) {
    await withTempFolder(async (folder) => {
      await write(folder, ['a/x.jpg', 'b/x.jpg', 'labels.csv', 'LICENCE', name])
      await rejects(
        () => listClasses(folder),
        DataError,
        `${join(folder, name)}: a picture must lie in the folder of its class, not beside the folders\n  Move it into a class, or elsewhere.`,
      )
    })
  }
})

test('gives classes that look the same the same name', () =>
  withTempFolder(async (folder) => {
    await write(folder, ['train/caf\u00e9/x.jpg', 'train/tea/x.jpg', 'test/cafe\u0301/x.jpg'])
    const classes = listClasses(join(folder, 'train'))
    assert.equal(classes, ['caf\u00e9', 'tea'])
    assert.equal(listImages(join(folder, 'test'), classes), [
      { path: join(folder, 'test/cafe\u0301/x.jpg'), label: 0 },
    ])
    await write(folder, ['train/cafe\u0301/y.jpg'])
    await rejects(
      () => listClasses(join(folder, 'train')),
      DataError,
      /train\/caf.+: two folders must not have one name in two forms of Unicode \("caf\u00e9"\)\n {2}Put their pictures into one\./,
    )
  }))

test.run()
