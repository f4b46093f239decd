import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TrialProcess } from '../../src/work/trial-process.ts'
import { inScratch } from '../support/sweep.ts'
import { plainTask } from '../support/task.ts'

const test = suite('a process of trials')

/** Ends of the first task that it gets, and tells how it was started. */
const TELLS = `process.once('message', () => {
  console.log(JSON.stringify([process.execArgv, process.env.OMP_NUM_THREADS]))
  process.exit(3)
})`

test('has no threads beside it where it has one, which collects and compiles as well', () =>
  inScratch(async (folder) => {
    const module = join(folder, 'tells.mjs')
    await writeFile(module, TELLS)
    const started = await Promise.all(
      [1, 2].map(async (threads) => {
        const worker = new TrialProcess({ module, threads })
        assert.is(await worker.perform(plainTask('1'), { folder }), undefined)
        return worker.death()
      }),
    )
    assert.equal(started, [
      'it ended with exit code 3: [["--single-threaded"],"1"]',
      'it ended with exit code 3: [[],"2"]',
    ])
  }))

test.run()
