import { execFile } from 'node:child_process'
import fs from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileBeside, writeBeside } from '../../src/files/write-beside.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('writeBeside')

test('makes the folder, writes, and replaces', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a', 'b', 'file')
    writeBeside(path, Buffer.from('one'))
    writeBeside(path, Buffer.from('two'))
    assert.is(String(await readFile(path)), 'two')
    assert.equal(await readdir(join(folder, 'a', 'b')), ['file'])
  }))

test('leaves nothing when it cannot rename', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'file')
    await mkdir(join(path, 'inside'), { recursive: true })
    await rejects(
      () => writeBeside(path, Buffer.from('one')),
      DataError,
      /file: must be writable \(.*\)\n {2}Make room or allow writing there, or set ASHLAR_HOME to another folder\.$/,
    )
    assert.equal(await readdir(folder), ['file'])
  }))

test('a file system that flushes no folders has the file all the same; a broken disk is told', () =>
  withTempFolder(async (folder) => {
    const real = fs.fsyncSync
    const failing = (code: string, write: () => void) => {
      fs.fsyncSync = (file) => {
        if (!fs.fstatSync(file).isDirectory()) return real(file)
        throw Object.assign(new Error(`${code}: no, fsync`), { code })
      }
      syncBuiltinESMExports()
      try {
        write()
      } finally {
        fs.fsyncSync = real
        syncBuiltinESMExports()
      }
    }
    for (const code of ['EINVAL', 'ENOTSUP', 'EPERM']) {
      failing(code, () => writeBeside(join(folder, code), Buffer.from(code)))
      assert.is(String(await readFile(join(folder, code))), code)
    }
    await rejects(
      () => failing('EIO', () => writeBeside(join(folder, 'EIO'), Buffer.from('x'))),
      DataError,
      /EIO: must be writable \(no\)/,
    )
  }))

test('leaves nothing when the disk takes only a part', () =>
  withTempFolder(async (folder) => {
    const module = new URL('../../src/files/write-beside.ts', import.meta.url).href
    const script = `
      const { writeBeside } = await import(${JSON.stringify(module)})
      try {
        writeBeside(${JSON.stringify(join(folder, 'file'))}, Buffer.alloc(1e6))
      } catch (error) {
        process.stdout.write(error.message)
      }`
    const node = [process.execPath, ...process.execArgv]
    // No file of this process may grow beyond some blocks: the nearest to a full disk that needs no rights.
    const { stdout } = await promisify(execFile)('sh', [
      ...['-c', 'ulimit -f 100; exec "$@"', 'sh'],
      ...[...node, '--input-type=module', '-e', script],
    ])
    assert.match(stdout, /file: must be writable \(file too large\)\n/)
    assert.equal(await readdir(folder), [])
  }))

test('a file in parts has its name once it is kept', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a', 'file')
    const file = new FileBeside(path)
    file.put(Buffer.from('one '))
    assert.match((await readdir(join(folder, 'a'))).join(), /^file\..*\.part$/)
    file.put(Buffer.from('two'))
    file.keep()
    file.drop()
    assert.is(String(await readFile(path)), 'one two')
    assert.equal(await readdir(join(folder, 'a')), ['file'])
    const other = new FileBeside(path)
    other.put(Buffer.from('half'))
    other.drop()
    assert.is(String(await readFile(path)), 'one two')
    assert.equal(await readdir(join(folder, 'a')), ['file'])
  }))

test('says so when the folder cannot be made', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'plain'), '')
    const path = join(folder, 'plain', 'file')
    await rejects(() => writeBeside(path, Buffer.from('one')), DataError, /must be writable/)
  }))

test('removes the parts of writers that were killed long ago, and only those', () =>
  withTempFolder(async (folder) => {
    const [old, young, other] = ['file.1.part', 'file.2.part', 'other.1.part']
    for (const name of [old, young, other]) await writeFile(join(folder, name), '')
    const yesterday = Date.now() / 1000 - 24 * 60 * 60
    for (const name of [old, other]) await utimes(join(folder, name), yesterday, yesterday)
    writeBeside(join(folder, 'file'), Buffer.from('one'))
    assert.equal((await readdir(folder)).sort(), ['file', young, other])
  }))

test.run()
