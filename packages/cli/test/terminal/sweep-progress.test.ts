import { dirname, join } from 'node:path'
import type { SweepEvent, Trial } from '@ashlar/sweep'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/index.ts'
import { sweepProgress } from '../../src/terminal/sweep-progress.ts'
import { recorder, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('progress of a sweep')

function trialOf(id: string, index: number, loss: number | undefined, isOver = true): Trial {
  return {
    ...{ id, index, params: { seed: index }, epochs: 3, isOver, steps: 3, seconds: 1 },
    ...{ working: undefined, error: undefined },
    rungs: loss === undefined ? [] : [{ epochs: 3, score: loss }],
    metrics: loss === undefined ? {} : { val_loss: loss },
  }
}

function resultOf(trial: Trial): SweepEvent {
  const { id, metrics, steps, seconds } = trial
  const figures = { id, until: 3, epochs: 3, metrics, steps, seconds }
  return { kind: 'result', trial, result: { ...figures, status: 'reached', better: 'lower' } }
}

const [GOOD, POOR, BETTER] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc']

test('of one that goes on knows the best of before', () => {
  for (const isTTY of [true, false]) {
    const { stream, text } = recorder({ isTTY })
    const view = sweepProgress(stream, { metric: 'val_loss', clock: () => 0 })
    const before = trialOf(GOOD!, 0, 0.1)
    const poor = trialOf(POOR!, 1, 0.7)
    const trials = new Map([before, poor].map((each) => [each.id, each]))
    view.changed(resultOf(poor), { trials, limit: 3 })
    assert.match(text(), /2\/3 trials {2}best val_loss 0\.1 \(aaaaaaaa\)/)
    const better = trialOf(BETTER!, 2, 0.05)
    trials.set(better.id, better)
    view.changed(resultOf(better), { trials, limit: 3 })
    assert.match(text(), /3\/3 trials {2}best val_loss 0\.05 \(cccccccc\)/)
  }
})

test('shows the best that the table will have: one with all its epochs before one without', () => {
  const { stream, text } = recorder()
  const view = sweepProgress(stream, { metric: 'val_loss', clock: () => 0 })
  const paused = trialOf(GOOD!, 0, 0.1, false)
  const trials = new Map([[paused.id, paused]])
  view.changed(resultOf(paused), { trials, limit: 2 })
  assert.match(text(), /best val_loss 0\.1 \(aaaaaaaa\)/)
  const whole = trialOf(POOR!, 1, 0.2)
  trials.set(whole.id, whole)
  view.changed(resultOf(whole), { trials, limit: 2 })
  assert.match(text(), /2\/2 trials {2}best val_loss 0\.2 \(bbbbbbbb\)/)
})

test('leaves what is printed in between: the notice of Ctrl-C, too', () =>
  inScratch({}, async (folder) => {
    const { stream, text } = recorder({ isTTY: true })
    const write = stream.write.bind(stream) as (text: string) => boolean
    let isTold = false
    stream.write = ((drawn: string) => {
      if (!isTold && drawn.includes('begins')) {
        isTold = true
        setImmediate(() => process.emit('SIGINT', 'SIGINT'))
      }
      return write(drawn)
    }) as typeof stream.write
    const near = (name: string) => join(dirname(TINY), name)
    const plugins = `plugins=[${near('plugins.ts')}, ${near('late-launcher.ts')}]`
    const args = ['sweep', TINY, 'seed=0..3', plugins, '--metric', 'loss', '--launcher', 'late']
    const terminal = { stdout: stream, stderr: stream }
    const code = await main([...args, '--out', join(folder, 'out')], 'ashlar', terminal)
    assert.is(code, 130, text())
    const [before = '', after = ''] = text().split(
      '\nstopping after these steps (Ctrl-C again ends at once)\n',
    )
    assert.match(before, /[0-9a-f]{8} {2}begins/)
    // What is drawn next begins below it, and does not go up over it.
    assert.match(after, /^1\/4 trials {2}best loss 0\.25/)
  }))

test.run()
