import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runChild } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeKept } from '../support/kept-files.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('files that streams keep, under strace')

/** strace, allowed to trace. */
const found = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=rename', 'true'])
const run = found.status === 0 ? test : test.skip

run('a file is on the disk before it has its name, and its name after', () =>
  withTempFolder(async (folder) => {
    await writeKept(folder)
    const log = join(folder, 'log')
    const { code, err } = await runChild(new URL('../support/keep-files.ts', import.meta.url), {
      args: [folder],
      by: ['strace', '-f', '-qq', '-y', '-o', log, '-e', 'trace=fsync,rename'],
    })
    assert.is(code, 0, err)
    const calls = (await readFile(log, 'utf8')).split('\n').flatMap((line) => {
      const match = /(fsync|rename)\((.*)\)\s+= 0/.exec(line)
      if (match === null) return []
      const path = /[<"]([^>"]+)[>"]/.exec(match[2]!)![1]!
      return [`${match[1]} ${path.slice(folder.length).replace(/[\da-f]{8,}[\da-f-]*/g, '~')}`]
    })
    const file = (name: string) => [
      `fsync /cache/${name}.~.part`,
      `rename /cache/${name}.~.part`,
      'fsync /cache',
    ]
    assert.equal(calls, [...file('x.npy'), ...file('~.tokens')])
  }),
)

test.run()
