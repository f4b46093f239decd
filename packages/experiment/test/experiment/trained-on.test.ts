import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Callback,
  corePlugins,
  type Dataset,
  fromData,
  type Layer,
  layers,
  Model,
  type Samples,
  type TargetScale,
} from '@ashlar/core'
import { definePlugin, type Plugin, Registry } from '@ashlar/plugins'
import { inScratch } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  buildExperiment,
  createRun,
  openCheckpoint,
  openTrained,
  type RunFolder,
  readTrainedOn,
  resolveExperiment,
  type Trained,
  trainExperiment,
} from '../../src/index.ts'

const test = suite('what a run knows of its data')

const OWN: TargetScale = { mean: [1000], std: [10] }
const OTHER: TargetScale = { mean: [-5], std: [99] }
const NONE: Trained = { inputs: [], targetScale: undefined }

class Net extends Model {
  readonly head: Layer = layers.dense({ units: 1 })
  readonly #scale: TargetScale | undefined
  constructor(scale: TargetScale | undefined) {
    super()
    this.#scale = scale
  }
  override call(x: Tensor): Tensor {
    const y = this.head.apply(x)
    return this.#scale ? y.mul(this.#scale.std[0]!).add(this.#scale.mean[0]!) : y
  }
}

const net: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'net',
  description: 'A dense layer whose numbers are brought to a scale.',
  options: z.strictObject({
    scale: fromData(
      z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) }),
      'targetScale',
    ).describe('Where numbers lie.'),
  }),
  create: ({ scale }) => new Net(scale),
})

const shapes = {
  inputShape: [2],
  labelShape: [],
  inputDtype: 'float32',
  inputRange: [-1, 1],
} as const

function rows(length: number): Samples {
  const inputs = Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(i))
  const labels = Float32Array.from({ length }, (_, i) => 1000 + 10 * Math.sin(2 * i))
  return { inputs, labels, length, info: shapes }
}

/** What the data says of its scale today. */
let said: TargetScale | undefined

const prices: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'prices',
  description: 'Two numbers, and one to predict.',
  options: z.strictObject({}),
  create: (): Dataset => ({
    info: {
      ...{ name: 'prices', licence: 'none', source: 'made up', ...shapes, classes: [] },
      ...(said && { targetScale: said }),
    },
    load: async () => ({ train: rows(16), test: rows(8), digest: 'sha256:prices' }),
  }),
})

const registry = () =>
  new Registry().register(corePlugins, '@ashlar/core').register([net, prices], 'tests')

const crash: Callback = {
  name: 'crash',
  onBatchEnd({ step }) {
    if (step === 3) throw new Error('crash')
  },
}

/** Trains two epochs of two steps, or crashes in the second; gives what the model says of the test split. */
async function train(run: RunFolder, trained: Trained | undefined, callbacks: Callback[] = []) {
  const given = { name: 'x', model: 'net', dataset: 'prices', engine: 'tfjs' }
  const resolved = await resolveExperiment(
    { ...given, epochs: 2, batchSize: 8, optimizer: 'adam' },
    { registry: registry() },
  )
  const parts = await buildExperiment(resolved, trained)
  try {
    await trainExperiment(resolved.experiment, parts, {
      ...{ run, began: new Date(0), callbacks, source: false },
      resume: await openCheckpoint(run),
    }).catch((error: Error) => assert.is(error.message, 'crash'))
    return [...(await parts.model.predict(rows(8), { engine: parts.engine })).data]
  } finally {
    await parts.dispose()
  }
}

const experiment = { model: { name: 'net' }, dataset: { name: 'prices' } }

test('a run that began without a scale goes on without one, whatever its data says by now', () =>
  inScratch({}, async (folder) => {
    said = undefined
    const whole = await train(await createRun(join(folder, 'a'), 'x', new Date(0)), undefined)
    const run = await createRun(join(folder, 'b'), 'x', new Date(0))
    await train(run, undefined, [crash])
    // As older versions leave it, which did not ask this data.
    await rm(run.file('facts.json'))
    said = OWN
    assert.equal(await readTrainedOn(run, experiment), NONE)
    assert.equal(await train(run, await readTrainedOn(run, experiment)), whole)
    assert.equal(JSON.parse(await readFile(run.file('facts.json'), 'utf8')), { version: 1 })
  }))

test('a run keeps the scale that it began with, and none that the experiment says itself', () =>
  inScratch({}, async (folder) => {
    said = OWN
    const whole = await train(await createRun(join(folder, 'a'), 'x', new Date(0)), undefined)
    const run = await createRun(join(folder, 'b'), 'x', new Date(0))
    await train(run, undefined, [crash])
    said = OTHER
    assert.equal(await readTrainedOn(run, experiment), { ...NONE, targetScale: OWN })
    assert.equal(await train(run, await readTrainedOn(run, experiment)), whole)
    const given = { name: 'net', scale: OWN }
    const input = { name: 'x', model: given, dataset: 'prices' }
    const parts = await buildExperiment(await resolveExperiment(input, { registry: registry() }))
    await parts.dispose()
    assert.is(parts.trainedOn.targetScale, undefined)
  }))

test('a trained run whose description is missing or broken stays as it was trained', () =>
  inScratch({}, async (folder) => {
    said = undefined
    const run = await createRun(folder, 'x', new Date(0))
    const trained = await train(run, undefined)
    said = OWN
    const used = async () => {
      const { parts } = await openTrained(run.path, { registry: registry() })
      const { model, engine } = parts
      const found = [...(await model.predict(rows(8), { engine })).data]
      await parts.dispose()
      return found
    }
    for (const damage of [
      () => writeFile(run.file('description.json'), '{'),
      () => rm(run.file('description.json')),
      () => writeFile(run.file('facts.json'), '{"version": 1, "targetScale": 7}'),
      () => rm(run.file('facts.json')),
    ]) {
      await damage()
      assert.equal(await used(), trained)
    }
  }))

test('older versions asked one kind of data alone, of two networks: there the data at hand is asked', () =>
  inScratch({}, async (folder) => {
    const run = await createRun(folder, 'x', new Date(0))
    const of = (dataset: string, model: string) =>
      readTrainedOn(run, { dataset: { name: dataset }, model: { name: model } })
    assert.is(await of('csv', 'mlp'), undefined)
    assert.is(await of('csv', 'table-network'), undefined)
    assert.equal(await of('csv', 'encoder'), NONE)
    assert.equal(await of('csv-stream', 'mlp'), NONE)
  }))

test.run()
