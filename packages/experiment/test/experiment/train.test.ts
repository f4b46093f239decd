import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Callback } from '@ashlar/core'
import { inScratch, refusal, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import {
  buildExperiment,
  createRun,
  openCheckpoint,
  openRun,
  type RunFolder,
  resolveExperiment,
  trainExperiment,
} from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

const { test, slow } = tieredSuite('train experiment')

const base = {
  name: 'trial',
  model: 'perceptron',
  dataset: { name: 'clouds', limit: 40 },
  epochs: 3,
  batchSize: 16,
  engine: 'tfjs',
}

interface Settings {
  readonly more?: object
  readonly callbacks?: readonly Callback[]
  readonly resume?: boolean
}

/** Trains into a folder; returns its weights as bytes and what it logged, times aside. */
async function train(run: RunFolder, { more = {}, callbacks = [], resume = false }: Settings = {}) {
  const resolved = await resolveExperiment({ ...base, ...more }, { registry: testRegistry() })
  const parts = await buildExperiment(resolved)
  try {
    const summary = await trainExperiment(resolved.experiment, parts, {
      run,
      began: new Date(0),
      callbacks,
      resume: resume ? await openCheckpoint(run) : undefined,
    })
    const weights = await readFile(run.file('weights.safetensors'))
    const log = (await readFile(run.file('metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))
    return { summary, weights, log }
  } finally {
    await parts.dispose()
  }
}

const crashAt = (at: number): Callback => ({
  name: 'crash',
  onBatchEnd({ step }) {
    if (step === at) throw new Error('crash')
  },
})

slow('a run that failed goes on from its last epoch, into the same folder', () =>
  inScratch({}, async (folder) => {
    const whole = await train(await createRun(join(folder, 'a'), 'trial', new Date(0)))
    const run = await createRun(join(folder, 'b'), 'trial', new Date(0))
    for (const step of [1, 4, 7]) {
      try {
        await train(run, { callbacks: [crashAt(step)], resume: step > 1 })
        assert.unreachable()
      } catch (error) {
        assert.is((error as Error).message, 'crash')
      }
    }
    const again = await train(await openRun(run.path), { resume: true })
    assert.equal(again.weights, whole.weights)
    assert.equal(again.log, whole.log)
    assert.equal(again.summary.test, whole.summary.test)
    assert.is(again.summary.steps, 9)
    assert.is(again.summary.outcome, 'finished')
  }),
)

test('the same experiment and seed twice give the same weights, byte for byte', () =>
  inScratch({}, async (folder) => {
    const more = {
      engine: 'onnxruntime',
      accumulate: 2,
      classWeights: 'balanced',
      augmentations: ['mixup'],
      fold: { count: 4, index: 1 },
      callbacks: { 'early-stopping': { patience: 1 } },
    }
    const [first, second, other] = await Promise.all(
      ['a', 'b', 'c'].map((name) => createRun(join(folder, name), 'trial', new Date(0))),
    )
    const { weights, log } = await train(first!, { more })
    assert.equal(await train(second!, { more }).then((run) => run.weights), weights)
    assert.ok(Object.keys(log.at(-1)!).includes('val_loss'))
    const { weights: others } = await train(other!, { more: { ...more, seed: 7 } })
    assert.not.equal(others, weights)
  }))

slow('an experiment with checkpoints of its own has no others', () =>
  inScratch({}, async (folder) => {
    const run = await createRun(folder, 'trial', new Date(0))
    await train(run, { more: { callbacks: { checkpoint: { everySteps: 4 } } } })
    const found = await openCheckpoint(run)
    assert.is(found?.state.progress.step, 8)
  }),
)

slow('frozen layers stay as they began', () =>
  inScratch({}, async (folder) => {
    const run = await createRun(folder, 'trial', new Date(0))
    const more = { freeze: ['hidden'] }
    const resolved = await resolveExperiment({ ...base, ...more }, { registry: testRegistry() })
    const parts = await buildExperiment(resolved)
    const kernel = () => [...parts.model.namedWeights()[0]!.variable.dataSync()]
    const before = kernel()
    await trainExperiment(resolved.experiment, parts, { run, began: new Date(0) })
    assert.equal(kernel(), before)
    await parts.dispose()
  }),
)

test('other data than it began with is refused', () =>
  inScratch({}, async (folder) => {
    const run = await createRun(folder, 'trial', new Date(0))
    await train(run)
    const files = () =>
      Promise.all(
        ['config.yaml', 'summary.json', 'metrics.jsonl'].map((name) =>
          readFile(run.file(name), 'utf8'),
        ),
      )
    const before = await files()
    assert.match(
      await refusal(() =>
        train(run, { more: { dataset: { name: 'clouds', limit: 41 } }, resume: true }),
      ),
      /^fit: a run must go on with what it began with, got \{"samples":41\}\n {2}samples was 40\./,
    )
    assert.match(
      await refusal(() =>
        train(run, { more: { callbacks: { 'csv-log': {} }, batchSize: 8 }, resume: true }),
      ),
      /batchSize was 16/,
    )
    assert.equal(await files(), before, 'a run that is refused to go on stays as it was')
    await train(run, { more: { epochs: 4 }, resume: true })
    assert.match((await files())[0]!, /^epochs: 4$/m)
  }))

test('a fold beside a validation set is refused', () =>
  inScratch({}, async (folder) => {
    const resolved = await resolveExperiment(
      { ...base, fold: { count: 3, index: 0 } },
      { registry: testRegistry() },
    )
    const parts = await buildExperiment(resolved)
    const { load } = parts.dataset
    const info = parts.dataset.info
    const dataset = {
      info,
      load: async () => {
        const splits = await load()
        return { ...splits, validation: splits.test }
      },
    }
    const run = await createRun(folder, 'trial', new Date(0))
    assert.is(
      await refusal(() =>
        trainExperiment(resolved.experiment, { ...parts, dataset }, { run, began: new Date(0) }),
      ),
      'experiment.fold: a fold validates with its own part, so the dataset must hold out none, got "30 samples"\n' +
        '  Leave out `validation` of the dataset.',
    )
    await parts.dispose()
  }))

test('damaged checkpoints that leave none are an error', () =>
  inScratch({}, async (folder) => {
    const run = await createRun(folder, 'trial', new Date(0))
    assert.is(await openCheckpoint(run), undefined)
    await train(run)
    for (const step of [6, 9]) await writeFile(run.file(`checkpoints/step-0000000${step}.json`), '')
    assert.match(await refusal(() => openCheckpoint(run)), /at least one checkpoint must be whole/)
  }))

test.run()
