import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeKept } from '../support/kept-files.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('files that streams keep')

const PROGRAM = fileURLToPath(new URL('../support/keep-files.ts', import.meta.url))

/** @param limit blocks of 512 bytes that a file may have: the nearest to a full disk that needs no rights. */
async function look(folder: string, limit: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', [
    ...['-c', `ulimit -f ${limit}; exec "$@"`, 'sh'],
    ...[process.execPath, ...process.execArgv, PROGRAM, folder],
  ])
  return stdout
}

test('a disk that takes only a part: it is said, and nothing half is left', () =>
  withTempFolder(async (folder) => {
    await writeKept(folder)
    const cache = join(folder, 'cache')
    assert.match(
      await look(folder, '100'),
      /cache\/x\.npy: must be writable \(file too large\)\n.*cache\/\w+\.tokens: must be writable \(file too large\)\n$/,
    )
    assert.equal(await readdir(cache), [])
    assert.is(await look(folder, 'unlimited'), '')
    assert.match((await readdir(cache)).sort().join(), /^\w+\.tokens,x\.npy$/)
  }))

test.run()
