import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  buildExperiment,
  createRun,
  foldExperiments,
  makeRun,
  openTrained,
  type RunSummary,
  resolveExperiment,
  summarizeFolds,
  toYaml,
  trainExperiment,
} from '../../src/index.ts'
import { deviationOf, listRuns } from '../../src/runs/index.ts'
import { testRegistry } from '../support/plugins.ts'

const test = suite('cross-validation')

const experiment = {
  name: 'trial',
  model: 'perceptron',
  dataset: { name: 'clouds', limit: 40 },
  epochs: 2,
  batchSize: 16,
  engine: 'tfjs',
  fold: { count: 3 },
}

const resolve = (more: object = {}) =>
  resolveExperiment({ ...experiment, ...more }, { registry: testRegistry() })

test('an experiment of all folds stands for one of each', async () => {
  const resolved = await resolve()
  assert.equal(resolved.experiment.fold, { count: 3, index: 'all', stratify: true })
  const folds = foldExperiments(resolved.experiment)
  assert.equal(
    folds.map(({ index, run, experiment: { fold } }) => [index, run, fold]),
    [0, 1, 2].map((index) => [index, `fold-${index}`, { count: 3, index, stratify: true }]),
  )
  assert.equal({ ...folds[2]!.experiment, fold: resolved.experiment.fold }, resolved.experiment)
  for (const more of [{ fold: { count: 3, index: 1 } }, { fold: undefined }]) {
    assert.equal(foldExperiments((await resolve(more)).experiment), [])
  }
})

test('means and standard deviations of what each fold came to', () => {
  const summaryOf = (value: number, more: Partial<RunSummary> = {}): RunSummary => ({
    name: 'trial',
    outcome: 'finished',
    began: '2026-11-01T00:00:00.000Z',
    seed: 1,
    engine: 'tfjs',
    dataset: { name: 'clouds', digest: 'sha256:0' },
    parameters: 67,
    samples: 10,
    steps: 4,
    seconds: 2,
    samplesPerSecond: 100,
    training: { loss: 2 * value, val_loss: value },
    test: { accuracy: value },
    environment: {} as RunSummary['environment'],
    ...more,
  })
  const folds = [0.2, 0.4, 0.9].map((value, index) => ({
    index,
    run: `fold-${index}`,
    summary: summaryOf(value),
  }))
  const whole = summarizeFolds(folds, 3)
  // By hand: mean 0.5, squares 0.09 + 0.01 + 0.16 over 2.
  const deviation = Math.sqrt(0.13)
  const near = (value: number | undefined, wanted: number) =>
    assert.ok(Math.abs(value! - wanted) < 1e-12, `${value} is not ${wanted}`)
  near(whole.test?.accuracy, 0.5)
  near(whole.deviation?.test.accuracy, deviation)
  near(whole.training.loss, 1)
  near(whole.deviation?.training.loss, 2 * deviation)
  assert.equal(
    [whole.outcome, whole.samples, whole.steps, whole.seconds, whole.samplesPerSecond],
    ['finished', 30, 12, 6, 100],
  )
  assert.equal(whole.folds![1], {
    index: 1,
    run: 'fold-1',
    outcome: 'finished',
    reason: undefined,
    training: { loss: 0.8, val_loss: 0.4 },
    test: { accuracy: 0.4 },
  })

  const part = summarizeFolds(folds.slice(0, 2), 3)
  assert.equal([part.outcome, part.test], ['stopped', undefined])
  const failed = summaryOf(0.1, { outcome: 'failed', reason: 'NaN', test: undefined })
  const broken = summarizeFolds([folds[0]!, { index: 1, run: 'fold-1', summary: failed }], 3)
  assert.equal([broken.outcome, broken.reason, broken.test], ['failed', 'NaN', undefined])
  assert.is(summarizeFolds(folds.slice(0, 1), 1).deviation, undefined)
})

test('one training and one model have one fold', () =>
  inScratch({}, async (folder) => {
    const resolved = await resolve()
    const parts = await buildExperiment(resolved)
    const run = await createRun(folder, 'trial', new Date(0))
    assert.is(
      await refusal(() => trainExperiment(resolved.experiment, parts, { run, began: new Date(0) })),
      'experiment.fold.index: one training has one fold, got "all"\n' +
        '  foldExperiments() gives an experiment for each fold.',
    )
    await parts.dispose()
    assert.is(
      await refusal(() => openTrained(run.path, { registry: testRegistry() })),
      `${run.path}: must be the run of one model; this one holds a run for each fold\n` +
        `  For example ${join(run.path, 'fold-0')}`,
    )
  }))

test('a listed run knows means and deviations', () =>
  inScratch({}, async (folder) => {
    const resolved = await resolve({ fold: { count: 2 } })
    const run = await createRun(folder, 'trial', new Date(0))
    await run.write('config.yaml', toYaml(resolved.experiment))
    const trained = []
    for (const fold of foldExperiments(resolved.experiment)) {
      const parts = await buildExperiment({ ...resolved, experiment: fold.experiment })
      const place = { run: await makeRun(run.file(fold.run)), began: new Date(0) }
      const summary = await trainExperiment(fold.experiment, parts, place)
      trained.push({ ...fold, summary })
      await parts.dispose()
    }
    const summary = summarizeFolds(trained, 2)
    await run.writeJson('summary.json', summary)
    const [record] = await listRuns(folder)
    assert.is(record!.metrics.accuracy, summary.test!.accuracy)
    assert.is(deviationOf(record!, 'accuracy'), summary.deviation!.test.accuracy)
    assert.is(deviationOf(record!, 'training.val_loss'), summary.deviation!.training.val_loss)
    const [, first] = await listRuns(run.path)
    assert.equal([first!.run, first!.config['fold.index']], ['fold-0', 0])
    assert.is(deviationOf(first!, 'accuracy'), undefined)
  }))

test('a fold needs a folder that can be written', () =>
  inScratch({ file: '' }, async (folder) => {
    assert.match(
      await refusal(() => makeRun(join(folder, 'file', 'fold-0'))),
      /fold-0: the folder must be writable, got "ENOTDIR/,
    )
  }))

test.run()
