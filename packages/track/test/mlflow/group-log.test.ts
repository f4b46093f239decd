import type { GroupEnding } from '@ashlar/core'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mlflow } from '../../src/index.ts'
import { type StandIn, type StandInOptions, withStandIn } from '../support/mlflow-server.ts'
import { trainTiny } from '../support/train.ts'

const test = suite('a parent run in MLflow')

function withServer(
  action: (folder: string, server: StandIn) => Promise<void>,
  options: StandInOptions = {},
): Promise<void> {
  return inScratch({}, (folder) => withStandIn((server) => action(folder, server), options))
}

const BEST = { id: 'a1', params: { 'optimizer.learningRate': 0.1 }, metrics: { val_loss: 0.5 } }

const ENDING: GroupEnding = { outcome: 'finished', counts: { completed: 2, failed: 1 }, best: BEST }

function begin({ url }: StandIn, folder: string) {
  const callback = mlflow({ url, experiment: 'e', run: 'unused' })
  return callback.beginGroup!({
    ...{ name: 'digits-sweep', folder },
    params: { batchSize: '16,32', sweep: { metric: 'val_loss', constraints: [] } },
  })
}

test('has the parameters of the group, the best so far, and which it is', () =>
  withServer(async (folder, server) => {
    const log = await begin(server, folder)
    await log.add(1, { val_loss: 0.9 })
    await log.add(3, { val_loss: 0.5 })
    await log.end(ENDING)
    const [run] = server.runs
    assert.is(server.runs.length, 1)
    assert.is(run!.name, 'digits-sweep')
    assert.is(run!.status, 'FINISHED')
    const params = Object.fromEntries(run!.params.map(({ key, value }) => [key, value]))
    assert.is(params.batchSize, '16,32')
    assert.is(params['sweep.metric'], 'val_loss')
    assert.equal(
      run!.metrics.map(({ key, step, value }) => [key, step, value]),
      [
        ['val_loss', 1, 0.9],
        ['val_loss', 3, 0.5],
      ],
    )
    const tags = Object.fromEntries(run!.tags.map(({ key, value }) => [key, value]))
    assert.is(tags['best.trial'], 'a1')
    assert.is(tags['best.optimizer.learningRate'], '0.1')
    assert.is(tags['trials.completed'], '2')
    assert.is(tags['trials.failed'], '1')
  }))

test('is the same run when the group goes on, and no number is logged twice', () =>
  withServer(async (folder, server) => {
    const first = await begin(server, folder)
    await first.add(1, { val_loss: 0.9 })
    await first.end({ ...ENDING, outcome: 'interrupted', best: null })
    assert.is(server.runs[0]!.status, 'KILLED')
    const second = await begin(server, folder)
    assert.equal(second.options, first.options)
    await second.add(1, { val_loss: 0.9 })
    await second.add(2, { val_loss: 0.8 })
    await second.end({ ...ENDING, outcome: 'failed' })
    assert.is(server.runs.length, 1)
    assert.equal(
      server.runs[0]!.metrics.map(({ step }) => step),
      [1, 2],
    )
    assert.is(server.runs[0]!.status, 'FAILED')
  }))

test('is what the runs of the group are under', () =>
  withServer(async (folder, server) => {
    const { url, runs } = server
    const log = await begin(server, folder)
    await trainTiny([mlflow({ url, experiment: 'e', run: 'child', ...log.options })])
    const child = runs.find(({ name }) => name === 'child')!
    const tags = Object.fromEntries(child.tags.map(({ key, value }) => [key, value]))
    assert.is(tags['mlflow.parentRunId'], runs[0]!.id)
    assert.not.ok(runs[0]!.tags.some(({ key }) => key === 'mlflow.parentRunId'))
  }))

test('is an error when the server does not answer at the start', () =>
  withServer(
    async (folder, server) => {
      const error = await begin(server, folder).catch((each: Error) => each)
      assert.match((error as Error).message, /MLflow must take what it is sent/)
    },
    { refuse: () => 500 },
  ))

test('refuses a parent that is no id', () => {
  const make = (parent: string) => () =>
    mlflow({ url: 'http://h', experiment: 'e', run: 'r', parent })
  assert.throws(make("a' OR 1=1"), /must be the id of a run/)
  assert.not.throws(make('0f'.repeat(16)))
})

test.run()
