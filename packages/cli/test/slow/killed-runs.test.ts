import { readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openRun } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { outcomeOf } from '../support/outcome.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'
import { SLEEPER, sleepAfter } from '../support/sleeper.ts'

const test = suite('runs that were killed')

const NAMES = ['fold-0', 'fold-1', 'fold-2']

const weightsOf = (run: string) =>
  Promise.all(NAMES.map((name) => readFile(join(run, name, 'weights.safetensors'))))

test('killed outright, a run goes on and ends with the weights of one that was not', () =>
  inScratch({}, async (folder) => {
    const args = ['train', TINY, 'epochs=40', SLEEPER, '--out']
    const { child, seen, ended } = start([...args, join(folder, 'killed')], { env: sleepAfter(20) })
    await seen(/asleep/)
    child.kill('SIGKILL')
    await ended
    const latest = join(folder, 'killed/latest')
    assert.is(await outcomeOf((await openRun(latest)).path), 'killed')
    const resumed = await ashlar('train', '--resume', latest)
    assert.is(resumed.code, 0, resumed.err)
    const [, step] = /\ngoing on after step ([\d,]+), in epoch/.exec(resumed.out)!
    assert.ok(Number(step!.replace(',', '')) >= 6 * 19, step)
    assert.match(resumed.out, /\nfinished after 240 steps/)
    assert.is((await ashlar(...args, join(folder, 'whole'))).code, 0)
    const weights = async (out: string) => {
      const name = await readlink(join(folder, out, 'latest'))
      return readFile(join(folder, out, name, 'weights.safetensors'))
    }
    assert.equal(await weights('killed'), await weights('whole'))
  }))

test('killed in one fold, goes on with it; those before stay, those after are trained', () =>
  inScratch({}, async (folder) => {
    const args = ['train', TINY, 'fold.count=3', 'epochs=12', SLEEPER, '--out']
    // In the ninth epoch of the second fold.
    const { child, seen, ended } = start([...args, join(folder, 'killed')], { env: sleepAfter(21) })
    await seen(/fold 1 of 3[\s\S]*asleep/)
    child.kill('SIGKILL')
    await ended
    const latest = join(folder, 'killed/latest')
    const run = join(folder, 'killed', await readlink(latest))
    const list = await ashlar('runs', '--out', join(folder, 'killed'), '--columns', 'outcome')
    assert.match(list.out, 'killed')
    const before = await stat(join(run, 'fold-0/weights.safetensors'))

    const resumed = await ashlar('train', '--resume', latest)
    assert.is(resumed.code, 0, resumed.err)
    assert.match(
      resumed.out,
      /^fold 0 of 3: done\n\nfold 1 of 3\n[\s\S]*\ngoing on after step \d+, in epoch/,
    )
    assert.match(resumed.out, /\nfold 2 of 3\n/)
    assert.is((await stat(join(run, 'fold-0/weights.safetensors'))).mtimeMs, before.mtimeMs)
    const whole = await ashlarJson<{ run: string }>(...args, join(folder, 'whole'))
    assert.equal(await weightsOf(run), await weightsOf(whole.run))

    const longer = await ashlar('train', '--resume', latest, 'epochs=13')
    assert.is(longer.code, 0, longer.err)
    assert.not.match(longer.out, ': done')
  }))

test.run()
