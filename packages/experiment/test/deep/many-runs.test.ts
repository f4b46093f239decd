import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listRuns, sortRuns } from '../../src/runs/index.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('ten thousand runs')
const COUNT = 10_000

test('are listed whether or not there is an index', () =>
  inScratch({}, async (out) => {
    const options = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`option${i}`, i]))
    for (let i = 0; i < COUNT; i++) {
      const name = `20261124-${String(i).padStart(6, '0')}-mnist-mini-resnet`
      await writeRun(out, name, configOf('x', 'adam', { options }), summaryOf((i % 1000) / 1000))
    }
    const timed = async (what: string, work: () => Promise<unknown[]>) => {
      const began = performance.now()
      assert.is((await work()).length, COUNT)
      process.stdout.write(`\n${what}: ${Math.round(performance.now() - began)} ms`)
    }
    await timed('without an index', () => listRuns(out))
    await timed('with an index', () => listRuns(out))
    await timed('with an index, sorted', async () => sortRuns(await listRuns(out), 'accuracy'))
    await rm(join(out, 'index.jsonl'))
    process.stdout.write('\n')
  }))

test.run()
