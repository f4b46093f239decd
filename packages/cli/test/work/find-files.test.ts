import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findFiles } from '../../src/work/find-files.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('files that arguments name')

const FILES = [
  'a/1.png',
  'a/2.PNG',
  'a/10.jpg',
  'a/notes.txt',
  'a/.hidden.png',
  'a/deep/er/3.png',
  'b/4.jpeg',
  'b/[5].png',
  'b/größe 6.png',
  '__MACOSX/7.png',
]

const ENDINGS = ['.png', '.jpg', '.jpeg']

const inFolder = (fn: (folder: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    for (const file of FILES) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), '')
    }
    await fn(folder)
  })

/** Paths from the folder on, with slashes. */
async function found(folder: string, ...named: readonly string[]): Promise<string[]> {
  const files = await findFiles(
    named.map((each) => join(folder, each)),
    ENDINGS,
  )
  return files.map((file) => relative(folder, file).split(sep).join('/'))
}

const cases: readonly [named: string[], files: string[]][] = [
  // Numbers go by their size; what file managers leave behind is nobody's.
  [['a'], ['a/1.png', 'a/2.PNG', 'a/10.jpg', 'a/deep/er/3.png']],
  [['a/notes.txt'], ['a/notes.txt']],
  [['b/[5].png'], ['b/[5].png']],
  [['a/*.png'], ['a/1.png']],
  [['a/*'], ['a/1.png', 'a/2.PNG', 'a/10.jpg']],
  [['a/?.*'], ['a/1.png', 'a/2.PNG']],
  [['a/[1-2].*'], ['a/1.png', 'a/2.PNG']],
  [['a/[!1].*'], ['a/2.PNG']],
  [['**/*.png'], ['a/1.png', 'a/deep/er/3.png', 'b/[5].png', 'b/größe 6.png']],
  [['a/**'], ['a/1.png', 'a/2.PNG', 'a/10.jpg', 'a/deep/er/3.png']],
  [['*/*.{jpg,jpeg}'], ['a/10.jpg', 'b/4.jpeg']],
  [['b/gr* 6.png'], ['b/größe 6.png']],
  [
    ['a/1.png', 'a', 'a/1.*'],
    ['a/1.png', 'a/2.PNG', 'a/10.jpg', 'a/deep/er/3.png'],
  ],
]

for (const [named, files] of cases) {
  test(named.join(' '), () =>
    inFolder(async (folder) => assert.equal(await found(folder, ...named), files)),
  )
}

test('a link to a file is one', () =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return
    await mkdir(join(folder, 'links'))
    await symlink(join(folder, 'a/1.png'), join(folder, 'links/8.png'))
    await symlink(join(folder, 'nowhere'), join(folder, 'links/9.png'))
    assert.equal(await found(folder, 'links'), ['links/8.png'])
  }))

test('what names nothing is told', () =>
  inFolder(async (folder) => {
    const refused = (named: string) => refusal(() => found(folder, named))
    assert.is(
      await refused('none.png'),
      `${join(folder, 'none.png')}: must be a file, a folder or a pattern\n  There is nothing at this path.`,
    )
    assert.is(
      await refused('a/*.gif'),
      `${join(folder, 'a/*.gif')}: must fit a file that ends in .png, .jpg, .jpeg`,
    )
    assert.is(
      await refused('__MACOSX/none'),
      `${join(folder, '__MACOSX/none')}: must be a file, a folder or a pattern\n  There is nothing at this path.`,
    )
    await mkdir(join(folder, 'empty'))
    assert.match(
      await refused('empty'),
      /empty: must hold a file that ends in \.png, \.jpg, \.jpeg$/,
    )
    for (const open of ['a/[1.png', 'a/{1.png']) {
      assert.match(await refused(open), /a bracket of a pattern must be closed$/)
    }
  }))

test.run()
