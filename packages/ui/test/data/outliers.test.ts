import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rangeWithoutOutliers } from '../../src/data/outliers.ts'

const test = suite('rangeWithoutOutliers')

const steps = Array.from({ length: 100 }, (_, i) => i)
const all = { from: 0, to: 99 }

test('a spike does not make the rest flat', () => {
  const line = steps.map((step) => (step === 50 ? 1e6 : step / 100))
  assert.equal(rangeWithoutOutliers(steps, [line], all), [0.05, 0.95])
})

test('few values are all shown', () => {
  assert.equal(rangeWithoutOutliers([0, 1, 2], [[3, 100, 1]], { from: 0, to: 2 }), [1, 100])
})

test('of several lines together, within what is looked at, without gaps', () => {
  const low = steps.map((step) => (step < 90 ? -1000 : 1))
  const gaps = steps.map((step) => (step % 2 === 0 ? null : 2))
  assert.equal(rangeWithoutOutliers(steps, [low, gaps], { from: 90, to: 99 }), [1, 2])
  assert.is(rangeWithoutOutliers(steps, [steps.map(() => null)], all), undefined)
  assert.is(rangeWithoutOutliers([], [], all), undefined)
})

test.run()
