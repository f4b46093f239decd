import 'reflect-metadata'
import { coreKinds, Model } from '@ashlar/core'
import {
  definePlugin,
  instantiate,
  openContainer,
  type Plugin,
  type PluginContext,
  Registry,
  settingsToken,
} from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import { container as root } from 'tsyringe'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { clouds, perceptron, testRegistry } from '../support/plugins.ts'

const test = suite('container')

const settings = { seed: 5, folder: '/somewhere', runFolder: '/somewhere/run' }

/** A callback that keeps the context it was made with. */
function spy(seen: PluginContext[]): Plugin<'callback'> {
  return definePlugin({
    kind: 'callback',
    name: 'spy',
    description: 'Keeps its context.',
    options: z.strictObject({}),
    create(_, context) {
      seen.push(context)
      return { name: 'spy' }
    },
  })
}

test('makes products with checked options', async () => {
  const container = openContainer(testRegistry(), settings)
  const model = container.create('model', { name: 'perceptron', units: 4 }, 'experiment.model')
  assert.instance(model, Model)
  assert.is((model as Model).summary([null, 4]).parameters.total, 4 * 4 + 4 + 4 * 3 + 3)
  assert.is(
    await refusal(() =>
      container.create('model', { name: 'perceptron', units: 'four' }, 'experiment.model'),
    ),
    'experiment.model.units: must be a positive integer, got "four"',
  )
  assert.is(
    await refusal(() => container.create('model', { name: 'perceptorn' }, 'experiment.model')),
    'experiment.model: model must be one of perceptron, got "perceptorn"\n  Did you mean "perceptron"?',
  )
  await container.dispose()
})

test('every product is a new one', () => {
  const container = openContainer(testRegistry(), settings)
  const create = () => container.create('model', { name: 'perceptron' }, 'x')
  assert.is.not(create(), create())
})

test('products see the settings of their experiment, and no other', () => {
  const seen: PluginContext[] = []
  const registry = new Registry().register([spy(seen)], 'x')
  openContainer(registry, settings).create('callback', { name: 'spy' }, 'x')
  openContainer(registry, { seed: 6, folder: '/else' }).create('callback', { name: 'spy' }, 'x')
  assert.equal(
    seen.map(({ seed, folder, runFolder }) => ({ seed, folder, runFolder })),
    [settings, { seed: 6, folder: '/else', runFolder: undefined }],
  )
})

test('a product asks for another by name; errors say which option named it', async () => {
  const container = openContainer(testRegistry(), settings)
  const adam = (learningRate: unknown) =>
    container.create('optimizer', { name: 'adam', learningRate }, 'experiment.optimizer')
  assert.is(adam({ name: 'cosine', initial: 0.5 }).learningRate.at(0, 10), 0.5)
  assert.is(
    await refusal(() => adam({ name: 'cosin' })),
    'experiment.optimizer.learningRate: schedule must be one of ' +
      `${testRegistry().names('schedule').join(', ')}, got "cosin"\n  Did you mean "cosine"?`,
  )
  assert.is(
    await refusal(() => adam({ name: 'cosine', initial: 'x' })),
    'experiment.optimizer.learningRate.initial: must be a number >= 0, got "x"',
  )
  assert.is(
    await refusal(() => adam({ name: 'warmup', steps: 3, schedule: { name: 'cosine' } })),
    'experiment.optimizer.learningRate.schedule.initial: must be given: a number >= 0',
  )
})

test("tsyringe's own container stays empty", () => {
  openContainer(testRegistry(), settings).create('dataset', { name: 'clouds' }, 'x')
  for (const token of [settingsToken, ...coreKinds.map((kind) => kind.token)]) {
    assert.not.ok(root.isRegistered(token), token.description)
  }
})

test('a container that was disposed of makes nothing any more', async () => {
  const container = openContainer(testRegistry(), settings)
  await container.dispose()
  assert.throws(() => container.create('model', { name: 'perceptron' }, 'x'), /disposed/)
})

test('instantiate makes a product without an experiment', async () => {
  assert.is(instantiate(clouds).info.name, 'clouds')
  assert.is((await instantiate(clouds, { limit: 7 }).load()).train.length, 7)
  assert.is(
    await refusal(() => instantiate(perceptron, { unit: 3 })),
    'perceptron: key must be one of units, numClasses, got "unit"\n  Did you mean "units"?',
  )
})

test.run()
