import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, outputRange } from '../../src/index.ts'

const test = suite('plan/range')
const { POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number

type Of = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor

/** Of a program of `x` [4, 3] and `w` [3, 3]. */
function rangeOf(of: Of) {
  const graph = capture((inputs) => ({ y: of(inputs.x!, inputs.w!) }), {
    inputs: {
      x: { shape: [4, 3], dtype: 'float32' },
      w: { shape: [3, 3], dtype: 'float32' },
    },
  })
  return outputRange(graph)
}

const ends: Record<string, [Of, readonly [number, number] | undefined]> = {
  'a matrix product may be anything': [(x, w) => tf.matMul(x, w), [least, most]],
  'a bias keeps that': [(x, w) => tf.add(tf.matMul(x, w), 1), [least, most]],
  'a softmax is shares': [(x) => tf.softmax(x), [0, 1]],
  // tfjs composes it.
  'a log softmax has no bound below': [(x) => tf.logSoftmax(x), [least, most]],
  'a softmax of one number is one': [(x) => tf.softmax(tf.slice(x, [0, 0], [4, 1])), [1, 1]],
  'a sigmoid is shares': [(x) => tf.sigmoid(x), [0, 1]],
  'its complement too': [(x) => tf.sub(1, tf.sigmoid(x)), [0, 1]],
  'reshaped and turned': [(x) => tf.transpose(tf.reshape(tf.softmax(x), [3, 4])), [0, 1]],
  'the mean of two': [
    (x, w) => tf.div(tf.add(tf.softmax(x), tf.softmax(tf.matMul(x, w))), 2),
    [0, 1],
  ],
  'the mean over an axis': [(x) => tf.mean(tf.sigmoid(x), 1), [0, 1]],
  'a sum has no bound above': [(x) => tf.sum(tf.sigmoid(x), 1), [0, most]],
  'a softmax by hand': [(x) => tf.div(tf.exp(x), tf.sum(tf.exp(x), -1, true)), [0, most]],
  'a product of shares': [(x) => tf.mul(tf.sigmoid(x), tf.sigmoid(x)), [0, 1]],
  'a scaled tangent': [(x) => tf.add(tf.mul(tf.tanh(x), 0.5), 0.5), [0, 1]],
  'a tangent': [(x) => tf.tanh(x), [-1, 1]],
  'a relu': [(x, w) => tf.relu(tf.matMul(x, w)), [0, most]],
  'a fused relu': [(a, b) => tf.fused.matMul({ a, b, activation: 'relu' }), [0, most]],
  'a fused sigmoid': [(a, b) => tf.fused.matMul({ a, b, activation: 'sigmoid' }), [0, 1]],
  'numbers cut to a range': [(x) => tf.clipByValue(x, 0, 1), [0, 1]],
  'a square': [(x) => tf.square(x), [0, most]],
  'the larger of two': [(x) => tf.maximum(tf.softmax(x), 0.1), [0.1, 1]],
  'a choice': [(x) => tf.where(tf.greater(x, 0), tf.sigmoid(x), tf.zerosLike(x)), [0, 1]],
  'numbers side by side': [(x) => tf.concat([tf.sigmoid(x), tf.neg(tf.sigmoid(x))], 1), [-1, 1]],
  'truth values': [(x) => tf.greater(x, 0), [0, 1]],
  'what is not declared is not known': [(x) => tf.cumsum(tf.softmax(x), 1), undefined],
  'unless a bound holds for anything': [(x) => tf.sigmoid(tf.cumsum(x, 1)), [0, 1]],
}

for (const [name, [of, expected]] of Object.entries(ends)) {
  test(name, () => {
    const found = rangeOf(of)
    if (expected === undefined || found === undefined) return assert.is(found, expected)
    for (const at of [0, 1] as const) {
      const [a, b] = [found[at], expected[at]]
      assert.ok(a === b || Math.abs(a - b) < 1e-6, `${String(found)} for ${String(expected)}`)
    }
  })
}

test('numbers never leave the range that their graph says, whatever composes it', () => {
  let seed = 7
  const draw = (count: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % count
  }
  const steps: ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
    (a) => tf.sigmoid(a),
    (a) => tf.softmax(a),
    (a) => tf.tanh(a),
    (a) => tf.relu(a),
    (a) => tf.abs(a),
    (a) => tf.sin(a),
    (a) => tf.sub(1, a),
    (a, b) => tf.mul(a, b),
    (a, b) => tf.add(a, b),
    (a, b) => tf.maximum(a, b),
    (a, b) => tf.squaredDifference(a, b),
    (a) => tf.mean(a, 1, true).add(tf.zerosLike(a)),
    (a) => tf.clipByValue(a, -2, 0.5),
    (a) => tf.square(a),
  ]
  for (let round = 0; round < 60; round++) {
    const chosen = Array.from({ length: 1 + draw(5) }, () => steps[draw(steps.length)]!)
    const of: Of = (x, w) => {
      let [a, b] = [x, tf.matMul(x, w)]
      for (const step of chosen) [a, b] = [step(a, b), a]
      return a
    }
    const [low, high] = rangeOf(of)!
    const numbers = tf.tidy(() => {
      const x = tf.tensor2d(
        Array.from({ length: 12 }, () => draw(2000) / 200 - 5),
        [4, 3],
      )
      return of(x, tf.tensor2d([2, -1, 0, 0.5, 1, -3, 1, 1, 1], [3, 3])).dataSync()
    })
    for (const each of numbers) {
      assert.ok(each >= low - 1e-5 && each <= high + 1e-5, `${each} in [${low}, ${high}]`)
    }
  }
})

test.run()
