import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { targetScaleOf } from '../../src/index.ts'

const test = suite('targetScaleOf')

test('mean and standard deviation of numbers that are far from 0', () => {
  assert.equal(targetScaleOf([100, 200, 300]), { mean: [200], std: [Math.sqrt(20_000 / 3)] })
  assert.equal(targetScaleOf([-40, 40]), { mean: [0], std: [40] })
})

test('numbers that a network reaches as it is are left alone', () => {
  for (const near of [[0, 1], [-10, 10], [10], [0.001, 0.002], []]) {
    assert.is(targetScaleOf(near), undefined)
  }
})

test('one number for all has no deviation, and what is no number no scale', () => {
  assert.equal(targetScaleOf([1990, 1990]), { mean: [1990], std: [1] })
  assert.is(targetScaleOf([100, Number.NaN]), undefined)
  assert.is(targetScaleOf([1e308, 1e308]), undefined)
})

test.run()
