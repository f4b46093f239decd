import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sampleSize } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScratch, makeTiny, TRIVIAL } from '../support/sweep.ts'

// What is only garbage does not count.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const test = suite('the launcher local')

test('processes that die of a trial are replaced, and the trial is given up after so many attempts', () =>
  inScratch(async (out) => {
    const { trials } = await makeTiny(out, {
      args: ['callbacks.trouble.what=nothing,exit', 'seed=0,1', 'epochs=3'],
      suggester: 'grid',
      trials: 4,
      launcher: { name: 'local', workers: 2 },
    })
    const inline = await makeTiny(join(out, 'inline'), {
      args: ['callbacks.trouble.what=nothing', 'seed=0,1', 'epochs=3'],
      trials: 2,
      suggester: 'grid',
    })
    for (const { params, status, error } of trials) {
      assert.is(status, params['callbacks.trouble.what'] === 'exit' ? 'failed' : 'completed')
      if (status === 'failed')
        assert.match(error!, /given up: begun 3 times.*exit code 7.*going down/)
    }
    const completed = trials.filter(({ status }) => status === 'completed')
    // As one process makes them.
    assert.equal(
      completed.map(({ metrics }) => metrics),
      inline.trials.map(({ metrics }) => metrics),
    )
  }))

/** Trials of a long sweep. */
const LONG = sampleSize(10_000, 6000)

test('scheduling takes less than 50 ms a trial, and the coordinator does not grow with the trials that it has made', () =>
  inScratch(async (out) => {
    const heaps = new Map<number, number>()
    let results = 0
    let began = 0
    const { trials } = await makeTiny(
      out,
      {
        args: ['optimizer.learningRate=1e-4..1e-1:log'],
        trials: LONG,
        launcher: { name: 'local', workers: 2 },
      },
      {
        module: TRIVIAL,
        changed: ({ kind }) => {
          if (kind !== 'result') return
          // Of this process alone: what scheduling costs does not depend on who else is at work.
          if (began === 0) began = process.cpuUsage().user
          results++
          if (results % 1000 !== 0) return
          collect()
          heaps.set(results, process.memoryUsage().heapUsed)
        },
      },
    )
    assert.is(trials.length, LONG)
    const each = (process.cpuUsage().user - began) / 1000 / LONG
    const grown = (heaps.get(LONG)! - heaps.get(2000)!) / (LONG - 2000)
    process.stdout.write(
      `${LONG} trials: ${each.toFixed(1)} ms of processor time and ${grown.toFixed(0)} bytes each\n`,
    )
    assert.ok(each < 50, `${each} ms`)
    // What it must know of a trial: its values, its metrics, its rungs.
    assert.ok(grown < 3000, `${grown} bytes a trial`)
  }))

test.run()
