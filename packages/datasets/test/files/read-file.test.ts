import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readContents } from '../../src/files/read-file.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('readContents')

test('reads plain and packed files, whatever their name', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'data')
    await writeFile(path, 'abc')
    assert.is(String(await readContents(path, 3)), 'abc')
    await writeFile(path, gzipSync('abc'))
    assert.is(String(await readContents(path, 3)), 'abc')
  }))

test('refuses a file that is far too large', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'data')
    await writeFile(path, Buffer.alloc(5000))
    await rejects(
      () => readContents(path, 3),
      DataError,
      `${path}: the file must be at most 4099 bytes long, got 5000`,
    )
  }))

test('says why a file cannot be read', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'none')
    await rejects(
      () => readContents(path, 3),
      DataError,
      `${path}: must be readable (no such file or directory)`,
    )
    await rejects(
      () => readContents(folder, 10 ** 6),
      DataError,
      `${folder}: must be readable (illegal operation on a directory)`,
    )
  }))

test.run()
