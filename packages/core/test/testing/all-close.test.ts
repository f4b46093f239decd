import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allClose } from '../../src/testing/index.ts'

const test = suite('allClose')

test('accepts numbers within the tolerance', () => {
  allClose([1, 2], [1, 2 + 1e-6])
  allClose([100], [101], { relative: 0.01 })
  allClose([0], [0.1], { absolute: 0.1 })
  allClose([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY])
  allClose([], [])
})

test('names the worst place with both values and the allowed difference', () => {
  assert.throws(
    () => allClose([1, 2.5, 9], [1, 2, 3]),
    'allClose: 2 of 3 numbers differ, worst at [2]: expected 3, got 9, allowed difference 0.000031',
  )
})

test('NaN is never close', () => {
  assert.throws(() => allClose([Number.NaN], [1]), /worst at \[0\]: expected 1, got NaN/)
  assert.throws(() => allClose([1], [Number.NaN]))
  assert.throws(() => allClose([Number.NaN], [Number.NaN]))
})

test('lists of other lengths differ', () => {
  assert.throws(() => allClose([1], [1, 2]), 'allClose: expected 2 numbers, got 1')
})

test.run()
