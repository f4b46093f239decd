import { join } from 'node:path'
import { inParallel, inScratch, killAt, runChild, sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listRuns } from '../../src/runs/index.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('the index of runs of a killed process')

async function twoRuns(out: string): Promise<void> {
  await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
  await writeRun(out, '2-b', configOf('b', 'sgd'), summaryOf(0.8))
}

test('whatever is being written: it says what the folders say', () =>
  inScratch({}, async (folder) => {
    const keep = async (out: string, env: Record<string, string> = {}) => {
      await twoRuns(out)
      return runChild(new URL('../support/keep-index.ts', import.meta.url), {
        args: [out],
        before: [killAt],
        env,
      })
    }
    const { code, err } = await keep(join(folder, 'whole'))
    assert.is(code, 0, err)
    const total = Number(/operations (\d+)/.exec(err)![1])
    assert.ok(total > 20, `only ${total} operations`)
    const places = sampleOf(
      3,
      'places',
      Array.from({ length: total }, (_, i) => i + 1),
    )
    await inParallel(places, 3, async (at) => {
      const how = at % 2 === 0 ? 'before' : 'half'
      const name = `${how} ${at} of ${total}`
      const out = join(folder, String(at))
      const { signal } = await keep(out, { KILL_AT: String(at), KILL_HOW: how })
      assert.is(signal, 'SIGKILL', name)
      const listed = await listRuns(out)
      const rebuilt = await listRuns(out, { rebuild: true })
      assert.equal(JSON.stringify(listed), JSON.stringify(rebuilt), name)
      const [second, first] = listed
      assert.is(second!.outcome, 'finished', name)
      assert.match(first!.outcome, /^(finished|killed|stopped)$/, name)
    })
  }))

test.run()
