import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inParallel, runChild } from '../support/children.ts'
import { inScratch } from '../support/scratch.ts'
import { trainInto } from '../support/train-killed.ts'

const test = suite('training that is killed')

/** The log without what depends on time. */
async function logOf(out: string): Promise<object[]> {
  const name = (await readFile(join(out, 'latest'), 'utf8')).trim()
  const text = await readFile(join(out, name, 'metrics.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))
}

test('at random steps, several times in a run, it ends with the weights of one that was not', () =>
  inScratch({}, async (folder) => {
    const whole = await trainInto(join(folder, 'whole'))
    const log = await logOf(join(folder, 'whole'))
    const random = seedrandom.alea('steps')
    const runs = Array.from({ length: 4 }, (_, run) => ({
      out: join(folder, String(run)),
      steps: [random(), random(), random()].map((x) => Math.floor(x * 16)).sort((a, b) => a - b),
    }))
    await inParallel(runs, 2, async ({ out, steps }) => {
      for (const step of steps) {
        const { signal } = await runChild('train-killed.ts', { args: [out, String(step)] })
        // A step that lies before the checkpoint does not come again.
        assert.ok(signal === 'SIGKILL' || signal === null)
      }
      assert.equal(await trainInto(out), whole, `killed at ${steps}`)
      assert.equal(await logOf(out), log, `killed at ${steps}`)
    })
  }))

test('at every operation on files, it ends with the weights of one that was not', () =>
  inScratch({}, async (folder) => {
    const first = await runChild('train-killed.ts', {
      args: [join(folder, 'whole')],
      before: ['kill-at.mjs'],
    })
    assert.is(first.code, 0, first.err)
    const total = Number(/operations (\d+)/.exec(first.err)![1])
    const whole = await trainInto(join(folder, 'again'))
    const random = seedrandom.alea('operations')
    // All of them would take too long; which ones is the same in every run.
    const places = Array.from({ length: total }, (_, i) => i + 1).filter(() => random() < 0.15)
    await inParallel(places, 2, async (at) => {
      const out = join(folder, `at-${at}`)
      const how = at % 2 === 0 ? 'before' : 'half'
      const { signal } = await runChild('train-killed.ts', {
        args: [out],
        before: ['kill-at.mjs'],
        env: { KILL_AT: String(at), KILL_HOW: how },
      })
      assert.is(signal, 'SIGKILL')
      assert.equal(await trainInto(out), whole, `killed ${how} operation ${at} of ${total}`)
    })
  }))

test.run()
