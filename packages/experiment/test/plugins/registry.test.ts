import { corePlugins } from '@ashlar/core'
import { definePlugin, kindNames, type Plugin, Registry } from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { perceptron } from '../support/plugins.ts'

const test = suite('registry')

test('finds plugins by kind and name, and who brought them', () => {
  const registry = new Registry()
    .register(corePlugins, '@ashlar/core')
    .register([perceptron], 'mine')
  assert.is(registry.get('model', 'perceptron').plugin, perceptron)
  assert.is(registry.get('model', 'perceptron').owner, 'mine')
  assert.is(registry.get('optimizer', 'adam').owner, '@ashlar/core')
  assert.ok(registry.has('loss', 'mean-squared-error'))
  assert.not.ok(registry.has('model', 'adam'))
  assert.equal(registry.names('schedule').slice(0, 3), ['constant', 'cosine', 'warmup'])
  assert.is(registry.list().length, corePlugins.length + 1)
})

test('the first engine is onnxruntime, as it is the default', () => {
  assert.is(new Registry().register(corePlugins, 'x').names('engine')[0], 'onnxruntime')
})

test('an unknown name shows the known ones and the closest', async () => {
  const registry = new Registry().register(corePlugins, '@ashlar/core')
  assert.is(
    await refusal(() => registry.get('optimizer', 'adm', 'experiment.optimizer')),
    'experiment.optimizer: optimizer must be one of sgd, adam, adamw, rmsprop, by-layer, got "adm"\n  Did you mean "adam"?',
  )
  assert.is(
    await refusal(() => registry.get('block', 'identity')),
    'block: block must be one of (none is known), got "identity"',
  )
})

test('a name that is taken is refused, naming both owners', async () => {
  const registry = new Registry().register([perceptron], '@ashlar/core')
  assert.is(
    await refusal(() => registry.register([perceptron], './mine.ts')),
    "model perceptron: a plugin's name must be unique within its kind; @ashlar/core and ./mine.ts both register it",
  )
})

test('one name may stand for two kinds', () => {
  const block = { ...perceptron, kind: 'block' } as unknown as Plugin
  assert.is(new Registry().register([perceptron, block], 'x').list().length, 2)
})

test('a copy does not reach its original', () => {
  const registry = new Registry()
  registry.copy().register([perceptron], 'x')
  assert.not.ok(registry.has('model', 'perceptron'))
})

test('what is no plugin is refused, with its owner', async () => {
  const register = (given: unknown) =>
    refusal(() => new Registry().register([given as Plugin], './mine.ts'))
  assert.is(
    await register(3),
    './mine.ts: plugins[0]: must be a mapping with kind, name, description, options, create, got 3',
  )
  assert.match(
    await register({ ...perceptron, kind: 'modle' }),
    /^\.\/mine\.ts: perceptron\.kind: must be one of "[a-z]+", .*"model"/,
  )
  assert.is(
    await register({ ...perceptron, name: 'Per Ceptron' }),
    './mine.ts: Per Ceptron.name: must be lower case words joined with dashes, got "Per Ceptron"',
  )
  assert.match(
    await register({ ...perceptron, options: {} }),
    /perceptron\.options: must be a zod object/,
  )
  assert.match(
    await register({ ...perceptron, create: 3 }),
    /perceptron\.create: must be a function, got 3/,
  )
})

test('an option must not be called name', async () => {
  const plugin = definePlugin({
    kind: 'model',
    name: 'named',
    description: 'x',
    options: z.strictObject({ name: z.string() }),
    create: () => perceptron.create({} as never, {} as never),
  })
  assert.is(
    await refusal(() => new Registry().register([plugin as Plugin], 'mine')),
    'mine: model named: an option must not be called `name`: an experiment names the plugin by that key',
  )
})

test('every plugin of core describes itself and each of its options', () => {
  assert.equal(
    [...new Set(corePlugins.map(({ kind }) => kind))].filter((kind) => !kindNames().includes(kind)),
    [],
  )
  for (const { kind, name, description, options } of corePlugins) {
    assert.match(description, /^[A-Z].*\.$/, `${kind} ${name}`)
    for (const [key, option] of Object.entries(options.shape)) {
      assert.ok(
        (option as z.ZodType).description,
        `${kind} ${name}: ${key} must have a description`,
      )
    }
  }
})

test.run()
