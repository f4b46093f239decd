import { execFileSync } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { logFile } from '../../src/callbacks/log-file.ts'

const test = suite('logFile')

test('empties and writes no file that a link or a pipe in its place leads to', () =>
  inScratch({}, async (folder) => {
    const mine = join(folder, 'mine.txt')
    await writeFile(mine, 'mine')
    await symlink(mine, join(folder, 'link.jsonl'))
    await symlink(join(folder, 'made.txt'), join(folder, 'dangling.jsonl'))
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')])
    for (const name of ['link', 'dangling', 'pipe']) {
      for (const empty of [true, false]) {
        const log = logFile(join(folder, `${name}.jsonl`))
        assert.match(await refusal(() => log.open({ empty })), 'the log must be writable')
      }
    }
    assert.is(await readFile(mine, 'utf8'), 'mine')
    // A plain one goes on as it was.
    const log = logFile(mine)
    await log.open({ empty: false })
    await log.add(', too')
    await log.close()
    assert.is(await readFile(mine, 'utf8'), 'mine, too\n')
  }))

test.run()
