import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareRuns } from '../../src/runs/index.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('compareRuns')

const epoch = (step: number, loss: number) => ({ kind: 'epoch', epoch: 0, step, loss })

test('what differs, metrics beside each other, curves', () =>
  inScratch({}, async (out) => {
    const a = await writeRun(out, 'a', configOf('x', 'adam'), summaryOf(0.9), [
      { kind: 'step', step: 50, epoch: 0, loss: 3 },
      epoch(100, 2),
      epoch(200, 1),
    ])
    const b = await writeRun(
      out,
      'b',
      configOf('x', 'sgd', { seed: 3 }),
      summaryOf(0.8, { test: { accuracy: 0.8, 'top-5': 1 } }),
    )
    const { differences, metrics, curves, runs } = await compareRuns([a, b])
    assert.equal(
      runs.map(({ run }) => run),
      ['a', 'b'],
    )
    assert.equal(differences, { 'optimizer.name': ['adam', 'sgd'], seed: [null, 3] })
    assert.equal(metrics.accuracy, [0.9, 0.8])
    assert.equal(metrics['top-5'], [undefined, 1])
    assert.equal(curves, [
      {
        loss: [
          { step: 100, value: 2 },
          { step: 200, value: 1 },
        ],
      },
      {},
    ])
  }))

test('a folder that is no run', () =>
  inScratch({}, async (out) => {
    const found = await refusal(() => compareRuns([join(out, 'nothing')]))
    assert.match(found, /nothing: must be a run folder, with a config\.yaml in it/)
  }))

test('of several folders that are no runs the first is named', () =>
  inScratch({}, async (out) => {
    // What is wrong with the first shows later.
    await mkdir(join(out, 'broken'))
    await writeFile(join(out, 'broken/config.yaml'), 'model: [')
    const paths = ['broken', 'nowhere'].map((each) => join(out, each))
    assert.match(await refusal(() => compareRuns(paths)), /broken/)
  }))

test.run()
