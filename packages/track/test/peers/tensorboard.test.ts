import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tensorboard } from '../../src/index.ts'
import { trainTiny } from '../support/train.ts'

/** A Python that has the package `tensorboard`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import tensorboard'], { encoding: 'utf8' })

const PROGRAM = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
events = EventAccumulator(sys.argv[1])
events.Reload()
print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
`

const test = suite('event files in the tensorboard package')

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no tensorboard (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('reads every number that was logged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ashlar-tensorboard-'))
    try {
      const clock = () => 1_790_000_000_500
      const { metrics } = await trainTiny([tensorboard(folder, { every: 2, clock })])
      const read = (part: string) => {
        const run = spawnSync(python, ['-c', PROGRAM, join(folder, part)], { encoding: 'utf8' })
        assert.is(run.status, 0, run.stderr)
        return JSON.parse(run.stdout) as Record<string, [number, number, number][]>
      }
      const [train, validation] = [read('train'), read('validation')]
      assert.equal(Object.keys(train).sort(), ['accuracy', 'learning rate', 'loss'])
      assert.equal(Object.keys(validation).sort(), ['accuracy', 'loss'])
      assert.equal(
        validation.loss!.map(([step, , time]) => [step, time]),
        [
          [5, 1_790_000_000.5],
          [10, 1_790_000_000.5],
        ],
      )
      allClose(
        validation.loss!.map(([, value]) => value),
        metrics.val_loss!,
      )
      allClose([train.loss!.at(-1)![1]], [metrics.loss!.at(-1)!])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

test.run()
