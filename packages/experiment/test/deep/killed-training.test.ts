import { createHash } from 'node:crypto'
import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { decodeSafetensors } from '@ashlar/core'
import { inParallel, inScratch, killAt, runChild, sampleOf, startChild } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listRuns } from '../../src/runs/index.ts'
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
  return join(out, await readlink(join(out, 'latest')))
}

/** Everything in a run folder but what depends on time, by name: digests, and nothing that a killed process left. */
async function filesOf(out: string): Promise<Record<string, string>> {
  const run = await latestOf(out)
  const names = await readdir(run, { recursive: true, withFileTypes: true })
  // How the source differed from its commit is there only where it did: somebody may commit, or change a file, while this test runs.
  const files = names
    .filter((entry) => entry.isFile() && entry.name !== 'source.diff')
    .map((entry) => join(entry.parentPath, entry.name))
  const timed = /\/(checkpoints\/.*|metrics\.(jsonl|csv)|summary\.json)$/
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
    await inParallel(sampleOf(2, 'steps', runs), 2, async ({ out, steps }) => {
      for (const step of steps) {
        const { signal } = await runChild(new URL('../support/train-killed.ts', import.meta.url), {
          args: [out, String(step)],
        })
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

/** How many runs are killed: `ASHLAR_KILLS`, or as many as take some minutes. */
const KILLS = Number(process.env.ASHLAR_KILLS ?? 20)

/** What a run came to, times aside. */
async function historyOf(out: string): Promise<object> {
  const text = await readFile(join(await latestOf(out), 'summary.json'), 'utf8')
  const { outcome, reason, steps, training, test: tested } = JSON.parse(text)
  return { outcome, reason, steps, training, test: tested }
}

for (const engine of ['tfjs', 'onnxruntime']) {
  test(`${engine}: at random moments, from outside, it ends as one that was not`, () =>
    inScratch({}, async (folder) => {
      const changes = { engine }
      const whole = await trainInto(join(folder, 'whole'), [], changes)
      const log = await logOf(join(folder, 'whole'))
      const files = await filesOf(join(folder, 'whole'))
      const history = await historyOf(join(folder, 'whole'))
      // The moments are parts of the time that a run takes on this machine.
      const first = await trainSlowly(join(folder, 'timed'), engine)
      const random = seedrandom.alea(`moments ${engine}`)
      const all = Array.from({ length: Math.ceil(KILLS / 2) }, (_, run) => ({
        out: join(folder, String(run)),
        after: random() * first.ms,
      }))
      const runs = process.env.ASHLAR_KILLS ? all : sampleOf(4, `moments ${engine}`, all)
      let killed = 0
      const different: string[] = []
      await inParallel(runs, 2, async ({ out, after }) => {
        try {
          await killWithin(out, engine, after)
          killed++
          await checkBest(out)
          assert.equal(await trainInto(out, [], changes), whole, 'weights')
          assert.equal(await logOf(out), log, 'log')
          assert.equal(await filesOf(out), files, 'files')
          assert.equal(await historyOf(out), history, 'history')
          assert.equal(await outcomesIn(out), ['finished'], 'outcome')
        } catch (error) {
          const { message, stack } = error as Error
          different.push(`after ${after} of ${first.ms} ms: ${message} ${stack}`)
        }
      })
      process.stdout.write(`${killed} of ${runs.length} killed, ${different.length} different `)
      assert.equal(different, [])
      assert.is(killed, runs.length)
    }))
}

/** Trains until it is killed: one that ends before, as a machine is not always as fast, begins anew and is killed sooner. */
async function killWithin(folder: string, engine: string, after: number): Promise<void> {
  for (let moment = after; ; moment /= 2) {
    const { signal } = await trainSlowly(folder, engine, moment)
    if (signal === 'SIGKILL') return
    await rm(folder, { recursive: true })
  }
}

/** Trains in a process of its own, which is killed so long after its first step; tells how long it took from there. */
function trainSlowly(
  folder: string,
  engine: string,
  killAfter?: number,
): Promise<{ readonly signal: NodeJS.Signals | null; readonly ms: number }> {
  return new Promise((resolve, reject) => {
    let began = 0
    const child = startChild(new URL('../support/train-slowly.ts', import.meta.url), {
      args: [folder, engine],
    })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      // TensorFlow.js greets before it.
      if (began > 0 || !out.includes('begun\n')) return
      began = performance.now()
      if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(err))
      else resolve({ signal, ms: performance.now() - began })
    })
  })
}

test('at every operation on files, it ends with the weights of one that was not', () =>
  inScratch({}, async (folder) => {
    const first = await runChild(new URL('../support/train-killed.ts', import.meta.url), {
      args: [join(folder, 'whole')],
      before: [killAt],
    })
    assert.is(first.code, 0, first.err)
    const total = Number(/operations (\d+)/.exec(first.err)![1])
    const whole = await trainInto(join(folder, 'again'))
    const files = await filesOf(join(folder, 'again'))
    const random = seedrandom.alea('operations')
    // All of them would take too long; which ones is the same in every run.
    const some = Array.from({ length: total }, (_, i) => i + 1).filter(() => random() < 0.15)
    const places = sampleOf(3, 'places', some)
    let ended = 0
    await inParallel(places, 2, async (at) => {
      const out = join(folder, `at-${at}`)
      const how = at % 2 === 0 ? 'before' : 'half'
      const { signal, err } = await runChild(
        new URL('../support/train-killed.ts', import.meta.url),
        { args: [out], before: [killAt], env: { KILL_AT: String(at), KILL_HOW: how } },
      )
      // What waited for nothing, or found a clean work tree, has had fewer of them.
      if (signal === null) {
        assert.ok(Number(/operations (\d+)/.exec(err)?.[1]) < at, err)
        ended++
        return
      }
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
    assert.ok(ended <= Math.max(2, places.length / 10), `${ended} of ${places.length} ended before`)
  }))

test.run()
