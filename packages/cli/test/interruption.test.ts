import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, TINY } from './support/ashlar.ts'
import { outcomeOf } from './support/outcome.ts'
import { type Started, start } from './support/process.ts'
import { inScratch } from './support/scratch.ts'
import { SLEEPER, sleepAfter } from './support/sleeper.ts'
import { FOR_EVER, slowRuns } from './support/slow-runs.ts'

const { test, slow } = tieredSuite('Ctrl-C')

/** Far more than anybody waits for. */
const ENDLESS = 'epochs=1000000'

slow('stops after the step, saves, and says how to go on; which works', () =>
  inScratch({}, async (folder) => {
    const { child, seen, ended } = start(['run', TINY, ENDLESS, '--out', 'out'], { cwd: folder })
    await seen(/epoch 3\/1000000/)
    child.kill('SIGINT')
    const { code, out, err } = await ended
    assert.is(code, 130)
    assert.is(err, '\nstopping after this step (Ctrl-C again ends at once)\n')
    assert.match(out, /\nstopped after [\d,]+ steps, .*: interrupted by SIGINT\nrun {7}out\//)
    assert.match(out, /Everything up to here is kept\. To go on:\n/)

    const name = (await readdir(join(folder, 'out'))).find((each) => each.endsWith('-tiny'))!
    const run = join(folder, 'out', name)
    const files = await readdir(run)
    assert.ok(files.includes('weights.safetensors'))
    assert.not.ok(files.some((file) => file.endsWith('.tmp')))
    const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'))
    assert.is(summary.outcome, 'stopped')
    assert.ok(summary.steps > 0)

    assert.is((await ashlar('evaluate', run)).code, 0)
    const [, command] =
      /\n {2}(?:(?:pnpm|node \S*scripts\/pnpm\.js) )?ashlar (run .* weights=.*)\n/.exec(out)!
    const args = command!.split(' ').map((each) => each.replaceAll('out/', `${folder}/out/`))
    const again = await ashlar('train', ...args.slice(1), 'epochs=1', '--out', join(folder, 'out'))
    assert.is(again.code, 0, again.err)

    const resumed = start(['train', '--resume', run, '--out', 'out'], { cwd: folder })
    await resumed.seen(new RegExp(`going on after step ${summary.steps.toLocaleString('en')}, in`))
    await resumed.seen(/epoch \d+\/1000000/)
    // The summary is still that of the time before.
    assert.is(await outcomeOf(run), 'running')
    const list = await ashlar('runs', '--out', join(folder, 'out'))
    assert.match(list.out, new RegExp(`^${name} +running, 0 % `, 'm'))
    const second = await ashlar('train', '--resume', run)
    assert.is(second.code, 1)
    assert.match(second.err, /: no process may be training the run, got "process \d+ on /)
    assert.is(await outcomeOf(run), 'running')
    resumed.child.kill('SIGINT')
    assert.is((await resumed.ended).code, 130)
    assert.is(await outcomeOf(run), 'stopped')
  }),
)

test('with --json the answer is still one object', () =>
  inScratch({}, async (folder) => {
    const args = ['train', TINY, ENDLESS, '--out', folder, '--json']
    const { child, seen, ended } = start(args)
    await seen(/epoch 2\/1000000/)
    child.kill('SIGTERM')
    const { code, out } = await ended
    assert.is(code, 130)
    assert.is(JSON.parse(out).outcome, 'stopped')
  }))

slow('a second one ends at once', () =>
  inScratch({}, async (folder) => {
    const args = ['train', TINY, SLEEPER, '--out', folder]
    const { child, seen, ended } = start(args, { env: sleepAfter(1) })
    await seen(/asleep/)
    child.kill('SIGINT')
    await seen(/stopping after this step/)
    child.kill('SIGINT')
    const { code, out } = await ended
    assert.is(code, 130)
    assert.not.match(out, /stopped after/)
  }),
)

/** Training with a checkpoint after each step, on an engine whose first runs take so long. */
async function inSlowRun(
  folder: string,
  [at, isBlocking, ...overrides]: [...Parameters<typeof slowRuns>, ...string[]],
  body: (started: Started) => Promise<void>,
): Promise<void> {
  const callback = 'callbacks={checkpoint: {everySteps: 1}}'
  const args = ['run', TINY, 'engine=sluggish', callback, ...overrides, '--out', folder]
  const started = start(args, { env: slowRuns(at, isBlocking) })
  try {
    await body(started)
  } finally {
    started.child.kill('SIGKILL')
  }
}

/** It goes on from the last checkpoint, to the end. */
async function resumes(folder: string, step: number): Promise<void> {
  const name = (await readdir(folder)).find((each) => each.endsWith('-tiny'))!
  const run = join(folder, name)
  const { code, out, err } = await ashlar('run', '--resume', run)
  assert.is(code, 0, err)
  const expected = step === 0 ? 'there is no checkpoint yet' : `going on after step ${step}, in`
  assert.match(out, new RegExp(expected))
  assert.is(await outcomeOf(run), 'finished')
}

slow(
  'nothing is lost before the first step is done: a signal ends the process in the midst of it',
  () =>
    inScratch({}, (folder) =>
      inSlowRun(folder, [[FOR_EVER], true], async ({ child, seen, ended }) => {
        await seen(/run 1 begins/)
        child.kill('SIGTERM')
        assert.is((await ended).code, null)
        assert.is(child.signalCode, 'SIGTERM')
        await resumes(folder, 0)
      }),
    ),
)

slow(
  'a step that may take longer than ten seconds is not waited for, though it hears nothing',
  () =>
    inScratch({}, (folder) =>
      inSlowRun(folder, [[0, 0, 6000, FOR_EVER], true], async ({ child, seen, ended }) => {
        await seen(/run 4 begins/)
        child.kill('SIGTERM')
        assert.is((await ended).code, null)
        assert.is(child.signalCode, 'SIGTERM')
        await resumes(folder, 3)
      }),
    ),
)

slow('nor is one that takes longer than expected, where it lets the process hear', () =>
  inScratch({}, (folder) =>
    inSlowRun(folder, [[0, 0, FOR_EVER], false], async ({ child, seen, ended }) => {
      await seen(/run 3 begins/)
      child.kill('SIGTERM')
      await seen(/stopping after this step/)
      const { code, err } = await ended
      assert.is(code, 130)
      assert.match(
        err,
        /\nended in the midst of a step that takes longer than ten seconds; run --resume .*-tiny goes on from the last checkpoint\n/,
      )
      await resumes(folder, 2)
    }),
  ),
)

slow('once steps are quick again, they are waited for', () =>
  inScratch({}, (folder) =>
    inSlowRun(folder, [[0, 6000], true, ENDLESS], async ({ child, seen, ended }) => {
      await seen(/epoch 3\//)
      child.kill('SIGTERM')
      const { code, out } = await ended
      assert.is(code, 130)
      assert.match(out, /stopped after [\d,]+ steps, .*: interrupted by SIGTERM/)
    }),
  ),
)

test.run()
