import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { largestDifference, toProbabilities, toShares } from '../../src/public/probabilities.js'

const test = suite('probabilities')

test('probabilities stay as they are', () => {
  const given = new Float32Array([0.1, 0.7, 0.2])
  assert.is(toProbabilities(given), given)
})

test('logits go through softmax, however large', () => {
  const result = toProbabilities(new Float32Array([1000, 1000 + Math.log(3)]))
  assert.ok(Math.abs(result[0]! - 0.25) < 1e-4)
  assert.ok(Math.abs(result[1]! - 0.75) < 1e-4)
})

test('numbers that add up to 1 with one below 0 are logits', () => {
  const result = toProbabilities(new Float32Array([-1, 2]))
  assert.ok(Math.abs(result[1]! - 1 / (1 + Math.exp(-3))) < 1e-6)
})

test('of several labels each is probable by itself', () => {
  const shares = toShares(Float32Array.of(0, Math.log(3)), 'logits')
  assert.is(shares[0], 0.5)
  assert.ok(Math.abs(shares[1]! - 0.75) < 1e-6)
  const given = Float32Array.of(0.9, 0.8)
  assert.is(toShares(given, 'probabilities'), given)
})

test('the largest difference counts in both directions', () => {
  const a = new Float32Array([1, 2, 3])
  assert.is(largestDifference(a, new Float32Array([1.25, 1.5, 3])), 0.5)
  assert.is(largestDifference(a, a), 0)
})

test.run()
