import { corePlugins } from '@ashlar/core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { experimentJsonSchema } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

const test = suite('JSON Schema of experiments')

const schema = experimentJsonSchema(testRegistry())
// Ours says more than the standard does: which kind of plugin an option names.
const validate = new Ajv2020({ strict: false }).compile(schema)
const minimal = { model: 'perceptron', dataset: 'clouds' }

const right: readonly [what: string, experiment: object][] = [
  ['names alone', minimal],
  [
    'plugins with options',
    { ...minimal, model: { name: 'perceptron', units: 4 }, metrics: [{ name: 'top-k', k: 2 }] },
  ],
  [
    'plugins in options of plugins',
    {
      ...minimal,
      optimizer: { name: 'adam', learningRate: { name: 'cosine', initial: 0.01 } },
    },
  ],
  ['a number where a schedule may be', { ...minimal, optimizer: { name: 'sgd', learningRate: 1 } }],
  [
    'what stands on others: options without a name, and callbacks taken away',
    {
      $schema: './experiment.schema.json',
      defaults: ['base', { optimizer: 'fast' }],
      optimizer: { beta1: 0.8 },
      callbacks: { 'time-budget': null },
    },
  ],
  [
    'callbacks by their key, and by name',
    {
      ...minimal,
      callbacks: { 'time-budget': { minutes: 3 }, second: { name: 'time-budget', minutes: 4 } },
    },
  ],
]

for (const [what, experiment] of right) {
  test(`accepts ${what}`, () => {
    assert.ok(validate(experiment), JSON.stringify(validate.errors))
  })
}

test('an alias is as good as the name', () => {
  const options = { ...minimal, loss: { name: 'mse' }, metrics: ['acc', { name: 'rmse' }] }
  assert.ok(validate(options), JSON.stringify(validate.errors))
})

const wrong: readonly [what: string, change: object][] = [
  ['a misspelt key', { epoch: 1 }],
  ['a misspelt option', { model: { name: 'perceptron', unit: 4 } }],
  ['an unknown plugin', { model: 'perceptorn' }],
  ['an option of another plugin', { optimizer: { name: 'sgd', beta1: 0.9 } }],
  ['a wrong type', { epochs: 'ten' }],
  ['a number out of range', { model: { name: 'perceptron', units: 0 } }],
  ['an unknown schedule', { optimizer: { name: 'adam', learningRate: { name: 'cosin' } } }],
  ['an option of a callback', { callbacks: { 'time-budget': { minuets: 3 } } }],
]

for (const [what, change] of wrong) {
  test(`refuses ${what}`, () => {
    assert.not.ok(validate({ ...minimal, ...change }))
  })
}

test('has every plugin with the description of each option', () => {
  for (const { kind, name, options } of corePlugins) {
    const found = schema.$defs[kind]?.anyOf?.find(({ properties }) =>
      [properties?.name?.const, properties?.name?.enum?.[0]].includes(name),
    )
    assert.equal(
      Object.keys(found?.properties ?? {}).sort(),
      ['name', ...Object.keys(options.shape)].sort(),
      `${kind} ${name}`,
    )
    for (const [key, { description }] of Object.entries(found?.properties ?? {})) {
      if (key !== 'name') assert.ok(description, `${kind} ${name}: ${key}`)
    }
  }
})

test.run()
