import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mergeExperiments } from '../../src/config/merge.ts'

const test = suite('merge experiments')

test('mappings key by key, lists and scalars as a whole', () => {
  assert.equal(
    mergeExperiments(
      { epochs: 1, metrics: ['accuracy', 'top-k'], dataset: { name: 'mnist', limit: 10 } },
      { epochs: 2, metrics: ['accuracy'], dataset: { limit: 20 }, seed: 3 },
    ),
    { epochs: 2, metrics: ['accuracy'], dataset: { name: 'mnist', limit: 20 }, seed: 3 },
  )
})

test('a name is a reference, and takes options', () => {
  assert.equal(mergeExperiments({ optimizer: 'adam' }, { optimizer: { beta1: 0.8 } }), {
    optimizer: { name: 'adam', beta1: 0.8 },
  })
})

test('another plugin does not take over options', () => {
  assert.equal(
    mergeExperiments(
      { optimizer: { name: 'adam', beta1: 0.8 } },
      { optimizer: { name: 'sgd', momentum: 0.9 } },
    ),
    { optimizer: { name: 'sgd', momentum: 0.9 } },
  )
  assert.equal(
    mergeExperiments({ optimizer: { name: 'adam', beta1: 0.8 } }, { optimizer: 'sgd' }),
    {
      optimizer: 'sgd',
    },
  )
})

test('null removes', () => {
  assert.equal(
    mergeExperiments(
      { callbacks: { early: { patience: 3 }, other: {} }, weights: 'w' },
      { callbacks: { early: null }, weights: null },
    ),
    { callbacks: { other: {} } },
  )
  assert.equal(mergeExperiments({}, { dataset: { limit: null } }), { dataset: {} })
})

test('plugins add up, each once', () => {
  assert.equal(mergeExperiments({ plugins: ['a', 'b'] }, { plugins: ['b', 'c'] }).plugins, [
    'a',
    'b',
    'c',
  ])
})

test('neither side changes', () => {
  const base = { dataset: { limit: 1 } }
  const top = { dataset: { limit: 2 } }
  mergeExperiments(base, top)
  assert.equal([base, top], [{ dataset: { limit: 1 } }, { dataset: { limit: 2 } }])
})

test.run()
