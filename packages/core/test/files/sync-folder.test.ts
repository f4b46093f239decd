import { existsSync } from 'node:fs'
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { syncFolder, syncFolderNow } from '../../src/files/sync-folder.ts'
import { writeFileSafely } from '../../src/files/write-file.ts'

const test = suite('flushing a folder')

/** A folder of a file system that flushes none. */
const UNFLUSHED = '/proc/self'

test('what the file system cannot do is no failure', async () => {
  if (!existsSync(UNFLUSHED)) return
  await syncFolder(UNFLUSHED)
  syncFolderNow(UNFLUSHED)
})

test('a folder that is gone is one', async () => {
  const none = join(tmpdir(), 'ashlar-none', 'none')
  const found = await syncFolder(none).catch((error: NodeJS.ErrnoException) => error.code)
  assert.is(found, 'ENOENT')
  assert.throws(() => syncFolderNow(none), /ENOENT/)
})

test('a file is there whose folder cannot be flushed; a broken disk is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-flush-'))
  const handle = await open(folder, 'r')
  const shared = Object.getPrototypeOf(handle)
  await handle.close()
  const real = shared.sync
  let code = 'ENOTSUP'
  shared.sync = async function (this: typeof handle) {
    if (!(await this.stat()).isDirectory()) return real.call(this)
    throw Object.assign(new Error(`${code}: no`), { code })
  }
  try {
    const path = join(folder, 'file')
    await writeFileSafely(path, 'text')
    assert.is(await readFile(path, 'utf8'), 'text')
    code = 'EIO'
    assert.match(
      await refusal(() => writeFileSafely(path, 'more')),
      /file: the file must be writable, got "EIO: no"/,
    )
  } finally {
    shared.sync = real
    await rm(folder, { recursive: true })
  }
})

test('a folder may be written and not be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-flush-'))
  await chmod(folder, 0o300)
  await writeFileSafely(join(folder, 'file'), 'text')
  assert.is(await readFile(join(folder, 'file'), 'utf8'), 'text')
  await chmod(folder, 0o700)
  await rm(folder, { recursive: true })
})

test.run()
