import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, TINY } from './support/ashlar.ts'
import { outcomeOf } from './support/outcome.ts'
import { start } from './support/process.ts'
import { inScratch } from './support/scratch.ts'
import { SLEEPER, sleepAfter } from './support/sleeper.ts'

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
      /\n {2}(?:pnpm|node \S*scripts\/pnpm\.js) ashlar (run .* weights=.*)\n/.exec(out)!
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

test.run()
