import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withSeed } from '../../src/index.ts'

const test = suite('withSeed')
const draw = (seed: number, purpose: string) =>
  withSeed(seed, purpose, () => tf.tidy(() => [...tf.randomNormal([3]).dataSync()]))

test('the same seed and purpose give the same numbers', () => {
  assert.equal(draw(1, 'a'), draw(1, 'a'))
  assert.not.equal(draw(1, 'a'), draw(2, 'a'))
  assert.not.equal(draw(1, 'a'), draw(1, 'b'))
})

test('Math.random is back afterwards, also after an error', () => {
  const before = Math.random
  assert.throws(() =>
    withSeed(1, 'a', () => {
      throw new Error('no')
    }),
  )
  assert.is(Math.random, before)
})

test.run()
