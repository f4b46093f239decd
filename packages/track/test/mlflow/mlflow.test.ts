import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Callback, type Exporter, earlyStopping } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { DataError } from '@ashlar/errors'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { type MlflowOptions, mlflow } from '../../src/index.ts'
import { type KeptRun, withStandIn } from '../support/mlflow-server.ts'
import { trainCutShort, trainTiny } from '../support/train.ts'

const { test, slow } = tieredSuite('mlflow')

const tracker = (url: string, more: Partial<MlflowOptions> = {}) =>
  mlflow({
    ...{ url, experiment: 'a b', run: 'r', every: 2, params: async () => ({ seed: 3 }) },
    ...more,
  })

const stepsOf = ({ metrics }: KeptRun, key: string) =>
  metrics.filter((metric) => metric.key === key).map(({ step }) => step)

async function inScratch(action: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-mlflow-'))
  try {
    await action(join(folder, 'mlflow.json'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function failure(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    assert.instance(error, DataError)
    return (error as Error).message
  }
  throw new Error('expected an error')
}

test('makes the experiment, logs parameters and metrics, ends the run', () =>
  withStandIn(async ({ url, sent, runs }) => {
    const { metrics } = await trainTiny([tracker(url)])
    assert.equal(
      sent.slice(0, 4).map(({ method, path }) => `${method} ${path}`),
      [
        'GET mlflow/experiments/get-by-name?experiment_name=a%20b',
        'POST mlflow/experiments/create',
        'POST mlflow/runs/create',
        'POST mlflow/runs/log-batch',
      ],
    )
    const [run] = runs
    assert.equal(run!.params, [{ key: 'seed', value: '3' }])
    const validation = run!.metrics.filter(({ key }) => key === 'val_loss')
    allClose(
      validation.map(({ value }) => value),
      metrics.val_loss!,
    )
    assert.equal(stepsOf(run!, 'loss'), [2, 4, 5, 6, 8, 10])
    assert.equal(stepsOf(run!, 'learning_rate'), [2, 4, 5, 6, 8, 10])
    assert.equal(run!.statuses, ['FINISHED'])
  }))

test('training that goes on is the same run, with no step twice and no parameter again', () =>
  inScratch((file) =>
    withStandIn(async ({ url, runs }) => {
      const first = tracker(url, { file, params: async () => ({ seed: 3, epochs: 2 }) })
      const state = await trainCutShort([first], { failAt: 9, keepAt: 5 })
      assert.equal([runs.length, runs[0]!.status], [1, 'FAILED'])
      const params = async () => ({ seed: 3, epochs: 4, 'classes.T-shirt+': 1 })
      const { metrics } = await trainTiny([tracker(url, { file, params })], state)
      assert.is(runs.length, 1)
      const [run] = runs
      assert.equal(run!.statuses, ['FAILED', 'RUNNING', 'FINISHED'])
      assert.equal(
        run!.params.map(({ key, value }) => `${key} ${value}`),
        ['seed 3', 'epochs 2', 'classes.T-shirt_ 1'],
      )
      const token = JSON.parse(await readFile(file, 'utf8'))
      assert.equal(run!.tags, [
        { key: 'ashlar.token', value: token.token },
        { key: 'changed.epochs', value: '4' },
      ])
      assert.is(token.run, run!.id)
      for (const key of ['loss', 'accuracy', 'learning_rate']) {
        assert.equal(stepsOf(run!, key), [2, 4, 5, 6, 8, 10], key)
      }
      const losses = run!.metrics.filter(({ key }) => key === 'val_loss')
      allClose(
        losses.map(({ value }) => value),
        metrics.val_loss!,
      )
    }),
  ))

slow('begun anew in its folder before there was a checkpoint, it is the same run as well', () =>
  inScratch((file) =>
    withStandIn(async ({ url, runs }) => {
      await trainCutShort([tracker(url, { file })], { failAt: 3, keepAt: 1 })
      await trainTiny([tracker(url, { file })])
      assert.is(runs.length, 1)
      assert.equal(stepsOf(runs[0]!, 'loss'), [2, 4, 5, 6, 8, 10])
    }),
  ),
)

slow('without a file, and on another server, it is a run of its own', () =>
  inScratch((file) =>
    withStandIn(async (one) => {
      for (let round = 0; round < 2; round++) await trainTiny([tracker(one.url)])
      await trainTiny([tracker(one.url, { file })])
      assert.is(one.runs.length, 3)
      await withStandIn(async (other) => {
        await trainTiny([tracker(other.url, { file })])
        assert.equal(stepsOf(other.runs[0]!, 'loss'), [2, 4, 5, 6, 8, 10])
      })
    }),
  ),
)

test('stopped by a callback it is FINISHED, interrupted KILLED, failed FAILED', () =>
  withStandIn(async ({ url, runs }) => {
    await trainTiny([tracker(url), earlyStopping({ patience: 1, minDelta: 100 })])
    const controller = new AbortController()
    const abort: Callback = { name: 'abort', onBatchEnd: () => controller.abort(new Error('^C')) }
    await trainTiny([tracker(url), abort], undefined, controller.signal)
    await trainCutShort([tracker(url)], { failAt: 3, keepAt: 1 })
    assert.equal(
      runs.map(({ status }) => status),
      ['FINISHED', 'KILLED', 'FAILED'],
    )
  }))

test('what is refused to go on leaves its run as it was', () =>
  inScratch((file) =>
    withStandIn(async ({ url, runs }) => {
      const logged = [tracker(url, { file }), earlyStopping({ patience: 9 })]
      const state = await trainCutShort(logged, { failAt: 9, keepAt: 5 })
      try {
        await trainTiny([tracker(url, { file })], state)
        assert.unreachable()
      } catch (error) {
        assert.match((error as Error).message, 'callbacks must be those that the run began with')
      }
      assert.equal(runs[0]!.statuses, ['FAILED'])
    }),
  ))

slow('a server that goes away for a while loses nothing', () => {
  const refuse = (_: unknown, count: number) => (count > 4 && count < 8 ? 503 : undefined)
  return withStandIn(
    async ({ url, runs }) => {
      await trainTiny([tracker(url, { clock: () => 0 })])
      assert.equal(stepsOf(runs[0]!, 'loss'), [2, 4, 5, 6, 8, 10])
    },
    { refuse },
  )
})

test('what a server that does not come back was not sent goes to it the next time', () =>
  inScratch(async (file) => {
    let isAway = false
    const refuse = () => (isAway ? 503 : undefined)
    await withStandIn(
      async ({ url, runs }) => {
        const away: Callback = {
          name: 'away',
          onSettled: ({ step }) => {
            isAway = step >= 5
          },
        }
        let state: Parameters<typeof trainTiny>[1]
        const keep: Callback = {
          name: 'keep',
          onSettled(run) {
            state = run.state()
          },
        }
        const told = await failure(() => trainTiny([tracker(url, { file }), away, keep]))
        assert.match(told, /log-batch: MLflow must take what it is sent, got "503/)
        assert.equal(stepsOf(runs[0]!, 'loss'), [2, 4, 5])
        isAway = false
        // Nothing is left to train.
        await trainTiny([tracker(url, { file })], state)
        assert.equal(stepsOf(runs[0]!, 'loss'), [2, 4, 5, 6, 8, 10])
        assert.equal(runs[0]!.statuses, ['RUNNING', 'FINISHED'])
        assert.equal(JSON.parse(await readFile(file, 'utf8')).waiting, [])
      },
      { refuse },
    )
  }))

slow('a server that keeps one waiting is left alone for a while', () => {
  let now = 0
  let asked = 0
  const refuse = ({ path, body }: { path: string; body: string }) => {
    if (!path.endsWith('log-batch') || !body.includes('metrics')) return undefined
    asked++
    now += 1000
    return 503
  }
  return withStandIn(
    async ({ url }) => {
      await failure(() => trainTiny([tracker(url, { clock: () => now })]))
      // Once in training, and at the end.
      assert.is(asked, 2)
    },
    { refuse },
  )
})

test('the model is uploaded', () =>
  withStandIn(async ({ url, runs }) => {
    await trainTiny([tracker(url, { exporter: WRITER })])
    assert.equal(runs[0]!.artifacts, ['model.text'])
  }))

test('a server that is not there, refuses, or takes no artifacts is an error before the first step', async () => {
  assert.match(
    await failure(() => trainTiny([tracker('http://127.0.0.1:9')])),
    /^http:\/\/127\.0\.0\.1:9: the MLflow server must answer, got ".*"\n {2}Start one with `mlflow server`/,
  )
  await withStandIn(
    async ({ url }) => {
      const told = await failure(() => trainTiny([tracker(url)]))
      assert.match(told, /get-by-name.*: MLflow must take what it is sent, got "403/)
    },
    { refuse: () => 403 },
  )
  await withStandIn(
    async ({ url, runs }) => {
      const told = await failure(() => trainTiny([tracker(url, { exporter: WRITER })]))
      assert.match(
        told,
        /: the server must take artifacts \(mlflow server --serve-artifacts\), got /,
      )
      assert.match(told, '"s3://bucket/r1/artifacts"\n  Or set artifacts=false.')
      assert.equal(runs[0]!.metrics, [])
    },
    { artifacts: 's3://bucket' },
  )
})

test('a memory that is damaged is an error that says so', () =>
  inScratch((file) =>
    withStandIn(async ({ url }) => {
      await writeFile(file, '{"token": 3}')
      const told = await failure(() => trainTiny([tracker(url, { file })]))
      assert.match(
        told,
        /mlflow\.json: must hold what is known of the run in MLflow, as JSON, got /,
      )
      assert.match(told, '\n  Without this file, training is logged to a new run there.')
    }),
  ))

const WRITER: Exporter = {
  name: 'text',
  async export(_, path) {
    await writeFile(path, 'a model')
    return { path }
  },
}

test.run()
