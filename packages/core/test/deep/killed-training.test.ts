import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listRuns } from '../../src/runs/index.ts'
import { decodeSafetensors } from '../../src/weights/safetensors.ts'
import { inParallel, runChild } from '../support/children.ts'
import { inScratch } from '../support/scratch.ts'
import { trainInto } from '../support/train-killed.ts'

const test = suite('training that is killed')

/** The log without what depends on time. */
async function logOf(out: string): Promise<object[]> {
  const text = await readFile(join(await latestOf(out), 'metrics.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))
}

/** The run folder of an output folder. */
async function latestOf(out: string): Promise<string> {
  return join(out, (await readFile(join(out, 'latest'), 'utf8')).trim())
}

/** Everything in a run folder but what depends on time, by name: digests, and nothing that a killed process left. */
async function filesOf(out: string): Promise<Record<string, string>> {
  const run = await latestOf(out)
  const names = await readdir(run, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const timed = /\/(checkpoints\/.*|metrics\.(jsonl|csv)|summary\.json|source\.diff)$/
  const digests = files.sort().map(async (file) => {
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    return [
      relative(run, file).replace(/-[0-9a-f]{12}/, ''),
      timed.test(file) ? '' : digest,
    ] as const
  })
  return Object.fromEntries(await Promise.all(digests))
}

/** Weights that the list of the best ones names are there, and whole. */
async function checkBest(out: string): Promise<void> {
  const folder = join(await latestOf(out), 'best')
  const text = await readFile(join(folder, 'best.json'), 'utf8').catch(() => undefined)
  const { kept } = JSON.parse(text ?? '{"kept":[]}') as { kept: { file: string }[] }
  for (const { file } of kept) decodeSafetensors(await readFile(join(folder, file)), file)
}

/** What is said of the runs of a folder, by the index and by the folders. */
async function outcomesIn(out: string): Promise<string[]> {
  const records = await listRuns(out)
  assert.equal(JSON.stringify(await listRuns(out, { rebuild: true })), JSON.stringify(records))
  return records.map(({ outcome }) => outcome)
}

test('at random steps, several times in a run, it ends with the weights of one that was not', () =>
  inScratch({}, async (folder) => {
    const whole = await trainInto(join(folder, 'whole'))
    const log = await logOf(join(folder, 'whole'))
    const files = await filesOf(join(folder, 'whole'))
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
        assert.equal(await outcomesIn(out), [signal === null ? 'finished' : 'killed'])
        await checkBest(out)
      }
      assert.equal(await trainInto(out), whole, `killed at ${steps}`)
      assert.equal(await logOf(out), log, `killed at ${steps}`)
      assert.equal(await filesOf(out), files, `killed at ${steps}`)
      assert.equal(await outcomesIn(out), ['finished'])
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
    const files = await filesOf(join(folder, 'again'))
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
      const name = `killed ${how} operation ${at} of ${total}`
      const outcomes = await outcomesIn(out)
      // None yet, or all is done but for the index.
      assert.ok(/^(killed|finished)?$/.test(outcomes.join()), `${name}: ${outcomes}`)
      if (outcomes.length > 0) await checkBest(out)
      assert.equal(await trainInto(out), whole, name)
      assert.equal(await filesOf(out), files, name)
      assert.equal(await outcomesIn(out), ['finished'], name)
    })
  }))

test.run()
