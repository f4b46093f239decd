import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TensorData } from '../../src/tensors.ts'
import { combine, compare as compareBy } from '../../src/verify/compare.ts'

const test = suite('compare')

const compare = (model: TensorData, file: TensorData) => compareBy(model, file, 1e-4)

const floats = (shape: readonly number[], ...values: number[]): TensorData => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(values),
})

test('equal tensors pass', () => {
  const difference = compare(floats([2, 2], 1, 2, 3, 4), floats([2, 2], 1, 2, 3, 4))
  assert.ok(difference.passed)
  assert.is(difference.maxAbsolute, 0)
  assert.is(difference.worst, undefined)
  assert.is(difference.argMaxAgreement, 1)
})

test('a difference is held against the largest magnitude', () => {
  const near = compare(floats([1, 2], 1000, -1), floats([1, 2], 1000, -1.05))
  assert.ok(near.passed)
  assert.is(near.worst!.index, 1)
  assert.is(near.magnitude, 1000)
  const far = compare(floats([1, 2], 10, -1), floats([1, 2], 10, -1.05))
  assert.not(far.passed)
  assert.ok(Math.abs(far.maxRelative - 0.005) < 1e-6)
})

test('the arg max must agree, but for ties within the tolerance', () => {
  const tie = compare(floats([1, 2], 1, 1 - 1e-6), floats([1, 2], 1 - 1e-6, 1))
  assert.ok(tie.passed)
  assert.is(tie.argMaxAgreement, 1)
  // Both off by all that is allowed, towards each other and past.
  const both = compare(floats([1, 2], 1, 1 - 1.5e-4), floats([1, 2], 1 - 0.9e-4, 1 - 0.6e-4))
  assert.is(both.argMaxAgreement, 1)
  assert.ok(both.passed)
  const flipped = compare(floats([2, 2], 1, 0, 1, 0), floats([2, 2], 1, 0, 0, 1))
  assert.is(flipped.argMaxAgreement, 0.5)
  assert.not(flipped.passed)
})

test('NaN and infinities are equal to themselves alone', () => {
  const odd = floats([3], Number.NaN, Number.POSITIVE_INFINITY, 1)
  assert.ok(compare(odd, odd).passed)
  for (const other of [
    floats([3], 0, Number.POSITIVE_INFINITY, 1),
    floats([3], Number.NaN, Number.NEGATIVE_INFINITY, 1),
    floats([3], Number.NaN, 1, 1),
    floats([3], Number.NaN, Number.POSITIVE_INFINITY, Number.NaN),
  ]) {
    const difference = compare(odd, other)
    assert.not(difference.passed)
    assert.is(difference.maxAbsolute, Number.POSITIVE_INFINITY)
  }
})

test('whole numbers must be equal, and shapes', () => {
  const whole = (value: number): TensorData => ({
    shape: [1],
    dtype: 'int32',
    data: Int32Array.of(value),
  })
  assert.ok(compare(whole(7), whole(7)).passed)
  assert.not(compare(whole(7), whole(8)).passed)
  assert.not(compare(floats([2, 1], 1, 2), floats([1, 2], 1, 2)).passed)
})

test('batches together are as bad as the worst, and agree as often as all rows do', () => {
  const zeros = floats([2, 2], 1, 0, 1, 0)
  const near = compare(zeros, floats([2, 2], 1, 5e-6, 1, 0))
  const far = compare(floats([1, 2], 1, 0), floats([1, 2], 0, 1))
  assert.ok(near.passed)
  for (const parts of [
    [[near, 2] as const, [far, 1] as const],
    [[far, 1] as const, [near, 2] as const],
  ]) {
    const both = combine(parts)
    assert.not(both.passed)
    assert.is(both.maxAbsolute, 1)
    assert.is(both.argMaxAgreement, 2 / 3)
  }
  assert.equal(combine([[near, 2]]), near)
})

test('empty tensors pass', () => {
  assert.ok(compare(floats([0, 3]), floats([0, 3])).passed)
})

test.run()
