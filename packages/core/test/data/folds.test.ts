import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { foldAt, folds, inMemory, type Samples } from '../../src/index.ts'
import { points } from '../support/points.ts'

const test = suite('folds')

/** First number of each sample, as its name. */
const names = (samples: Samples) =>
  Array.from({ length: samples.length }, (_, row) => inMemory(samples).inputs[row * 4]!).sort()

test('every sample is validated with once, and trained on in all other folds', () => {
  const samples = points(31)
  const all = [...folds(samples, { count: 4, seed: 1 })]
  assert.equal(all.flatMap(({ validation }) => names(validation)).sort(), names(samples))
  for (const { train, validation } of all) {
    assert.equal([...names(train), ...names(validation)].sort(), names(samples))
    assert.ok(validation.length === 7 || validation.length === 8)
  }
})

test('each part has its share of every class, unless that is not wanted', () => {
  const samples = { ...points(60), labels: Uint8Array.from({ length: 60 }, (_, i) => +(i < 12)) }
  const ones = (stratify: boolean) =>
    [...folds(samples, { count: 4, stratify })].map(({ validation }) =>
      [...inMemory(validation).labels].reduce((sum, label) => sum + label, 0),
    )
  assert.equal(ones(true), [3, 3, 3, 3])
  assert.not.equal(ones(false), [3, 3, 3, 3])
})

test('samples keep their labels', () => {
  const validation = inMemory(foldAt(points(30), { count: 3 }, 1).validation)
  for (let row = 0; row < validation.length; row++) {
    // The place of the largest number is the class.
    const numbers = [...validation.inputs.subarray(row * 4, row * 4 + 3)]
    assert.is(numbers.indexOf(Math.max(...numbers)), validation.labels[row])
  }
})

test('the seed says which sample is where; targets that are no classes are dealt as they come', () => {
  const of = (seed: number) => names(foldAt(points(20), { count: 4, seed }, 0).validation)
  assert.equal(of(3), of(3))
  assert.not.equal(of(3), of(4))
  const targets = { ...points(9), labels: Float32Array.from({ length: 9 }, (_, i) => i / 2) }
  assert.is(foldAt(targets, { count: 3 }, 0).validation.length, 3)
})

test('parts that cannot be made are refused', async () => {
  const refused = (count: number, index = 0) => refusal(() => foldAt(points(3), { count }, index))
  assert.is(
    await refused(4),
    'folds: `count` must be a whole number from 2 to the 3 samples, got 4',
  )
  assert.is(
    await refused(1),
    'folds: `count` must be a whole number from 2 to the 3 samples, got 1',
  )
  assert.is(await refused(3, 3), 'folds: `index` must be a whole number from 0 to 2, got 3')
})

test.run()
