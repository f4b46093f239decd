import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunRecord, usualSettings } from '../../src/runs/index.ts'

const test = suite('usualSettings')

const record = (config: RunRecord['config']): RunRecord => ({
  run: 'r',
  experiment: 'e',
  outcome: 'finished',
  metrics: {},
  tags: [],
  note: '',
  config: { 'model.name': 'mlp', 'dataset.name': 'csv', ...config },
})

test('one run, and runs alike, are told by model and dataset', () => {
  assert.equal(usualSettings([]), ['model.name', 'dataset.name'])
  const same = record({ seed: 1, 'optimizer.learningRate': 0.1 })
  assert.equal(usualSettings([same]), ['model.name', 'dataset.name'])
  assert.equal(usualSettings([same, same]), ['model.name', 'dataset.name'])
})

test('what differs takes the place of what does not', () => {
  const runs = [0.1, 0.01].map((rate) => record({ 'optimizer.learningRate': rate, seed: 1 }))
  assert.equal(usualSettings(runs), ['optimizer.learningRate'])
  const models = [
    record({ epochs: 1 }),
    { ...record({ epochs: 2 }), config: { 'model.name': 'vit', 'dataset.name': 'csv', epochs: 2 } },
  ]
  assert.equal(usualSettings(models), ['model.name', 'epochs'])
})

test('where a run lies is no setting, what only some have tells them not apart, and three are enough', () => {
  const runs = [1, 2].map((each) =>
    record({
      name: `n${each}`,
      out: `o${each}`,
      'fold.index': each,
      ...(each === 1 && { extra: 1 }),
    }),
  )
  assert.equal(usualSettings(runs), ['model.name', 'dataset.name'])
  const many = [1, 2].map((each) => record({ a: each, b: each, c: each, d: each }))
  assert.equal(usualSettings(many), ['a', 'b', 'c'])
})

test.run()
