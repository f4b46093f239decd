import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a sweep in TensorBoard')

/** A Python that has the package `tensorboard`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import tensorboard'], { encoding: 'utf8' })

/** What `tensorboard --logdir FOLDER` lists: each run by its path, with the last value of its loss. */
const PROGRAM = `
import json, sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
runs = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
print(json.dumps({run: runs.Scalars(run, "loss")[-1].value for run in runs.Runs()}))
`

function listed(folder: string): Record<string, number> {
  const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM, folder], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout)
}

interface Table {
  readonly trials: { readonly id: string; readonly metrics: Record<string, number> }[]
}

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no tensorboard (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('shows each trial by its id: in the folder of its sweep, and in one that is given to all', () =>
    inScratch({}, async (folder) => {
      const [runs, events] = [join(folder, 'runs'), join(folder, 'events')]
      const { trials } = await ashlarJson<Table>(
        ...['sweep', TINY, 'optimizer.learningRate=1e-3,1e-1', 'epochs=2'],
        ...['callbacks.tensorboard={}', `callbacks.all={name: tensorboard, folder: ${events}}`],
        ...['--metric', 'loss', '--out', runs],
      )
      assert.is(trials.length, 2)
      const [name = ''] = await readdir(runs)
      for (const [place, found] of [
        [`${name}/ID/tensorboard/train`, listed(runs)],
        ['ID/train', listed(events)],
      ] as const) {
        assert.is(Object.keys(found).length, trials.length)
        for (const { id, metrics } of trials) {
          const loss = found[place.replace('ID', id)]
          assert.ok(loss !== undefined, `${id} among ${Object.keys(found)}`)
          assert.ok(Math.abs(loss - metrics.loss!) < 1e-6)
        }
      }
    }))
}

test.run()
