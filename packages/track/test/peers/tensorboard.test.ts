import { spawn, spawnSync } from 'node:child_process'
import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tensorboard } from '../../src/index.ts'
import { trainCutShort, trainTiny } from '../support/train.ts'

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

type Points = Record<string, [step: number, value: number, time: number][]>

/** What tensorboard's reader makes of a folder of event files. */
function readEvents(folder: string): Points {
  const run = spawnSync(python, ['-c', PROGRAM, folder], { encoding: 'utf8' })
  assert.is(run.status, 0, run.stderr)
  return JSON.parse(run.stdout) as Points
}

/** What the server of `tensorboard` shows of a tag, read by its quick loader. */
async function shown(folder: string, run: string, tag: string): Promise<[number, number][]> {
  const server = spawn(
    python,
    ['-m', 'tensorboard.main', '--logdir', folder, '--port', '0', '--load_fast', 'true'],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    let told = ''
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    const query = `data/plugin/scalars/scalars?run=${run}&tag=${encodeURIComponent(tag)}`
    for (;;) {
      assert.is(server.exitCode, null, told)
      const port = / at http:\/\/localhost:(\d+)\//.exec(told)?.[1]
      const answer = port === undefined ? port : await fetch(`http://localhost:${port}/${query}`)
      if (answer?.ok) {
        const points = (await answer.json()) as [number, number, number][]
        return points.map(([time, step]) => [step, time])
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  } finally {
    // The server and its loader.
    process.kill(-server.pid!, 'SIGKILL')
    await ended
  }
}

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no tensorboard (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('reads every number that was logged, each step once', () =>
    inScratch({}, async (folder) => {
      const clock = () => 1_790_000_000_500
      const { metrics } = await trainTiny([tensorboard(folder, { every: 1, clock })])
      const train = readEvents(join(folder, 'train'))
      const validation = readEvents(join(folder, 'validation'))
      assert.equal(Object.keys(train).sort(), ['accuracy', 'learning rate', 'loss'])
      assert.equal(Object.keys(validation).sort(), ['accuracy', 'loss'])
      assert.equal(
        train.loss!.map(([step]) => step),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      )
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
    }))

  test('training that goes on takes the place of what came after its checkpoint', () =>
    inScratch({}, async (folder) => {
      const tracker = (clock: () => number) => tensorboard(folder, { every: 2, clock })
      const [before, after] = [1_790_000_000, 1_790_000_000.25]
      const state = await trainCutShort([tracker(() => before * 1000)], { failAt: 9, keepAt: 5 })
      // Killed within a write.
      const [file] = await readdir(join(folder, 'train'))
      await appendFile(join(folder, 'train', file!), Buffer.from([30, 0, 0]))
      const { metrics } = await trainTiny([tracker(() => after * 1000)], state)

      const { loss, 'learning rate': rate } = readEvents(join(folder, 'train'))
      const wanted = [
        [2, before],
        [4, before],
        [5, before],
        [6, after],
        [8, after],
        [10, after],
      ]
      assert.equal(
        loss!.map(([step, , time]) => [step, time]),
        wanted,
      )
      assert.equal(
        rate!.map(([step]) => step),
        wanted.map(([step]) => step),
      )
      allClose([loss!.at(-1)![1]], [metrics.loss!.at(-1)!])
      const validation = readEvents(join(folder, 'validation'))
      assert.equal(
        validation.loss!.map(([step, , time]) => [step, time]),
        [
          [5, before],
          [10, after],
        ],
      )
      assert.equal(await shown(folder, 'train', 'loss'), wanted)
    }))

  test('training that begins anew in a folder takes the place of what was there', () =>
    inScratch({}, async (folder) => {
      const tracker = (time: number) => tensorboard(folder, { every: 2, clock: () => time * 1000 })
      await trainCutShort([tracker(2)], { failAt: 9, keepAt: 5 })
      await trainTiny([tracker(1)])
      const { loss } = readEvents(join(folder, 'train'))
      assert.equal(
        loss!.map(([step, , time]) => [step, time]),
        [2, 4, 5, 6, 8, 10].map((step) => [step, 1]),
      )
    }))
}

test.run()
