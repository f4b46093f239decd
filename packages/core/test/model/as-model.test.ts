import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asModel, layers } from '../../src/index.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite('asModel')

function sequential(): tf.Sequential {
  return tf.sequential({
    layers: [
      layers.dense({ units: 4, inputShape: [3], activation: 'relu' }),
      layers.dense({ units: 4 }),
      layers.batchNormalization(),
      layers.dense({ units: 2, activation: 'softmax', name: 'probabilities' }),
    ],
  })
}

test('a sequential model becomes a Model with readable names', () => {
  const network = sequential()
  const model = asModel(network)
  assert.is(asModel(network), model, 'one Model per tfjs model')
  assert.equal(model.inputShape, [null, 3])
  assert.equal(
    model.namedWeights().map(({ name }) => name),
    [
      'dense.kernel',
      'dense.bias',
      'dense_1.kernel',
      'dense_1.bias',
      'batch_normalization.gamma',
      'batch_normalization.beta',
      'batch_normalization.moving_mean',
      'batch_normalization.moving_variance',
      'probabilities.kernel',
      'probabilities.bias',
    ],
  )
  tf.tidy(() => {
    const x = tf.ones([2, 3])
    assert.equal(model.apply(x).dataSync(), (network.predict(x) as Tensor).dataSync())
  })
  assert.is(model.getClassName(), 'Sequential')
})

test('a functional model becomes a Model, and training reaches its layers', () => {
  const input = tf.input({ shape: [3] })
  const hidden = layers.dense({ units: 3 }).apply(input)
  const sum = layers.add().apply([input, hidden])
  const output = layers.batchNormalization().apply(sum)
  const model = asModel(tf.model({ inputs: input, outputs: output }))
  assert.equal(
    model.sublayers().map(({ path }) => path),
    ['dense', 'add', 'batch_normalization'],
  )
  const mean = model.namedWeights().find(({ name }) => name.endsWith('moving_mean'))!
  tf.tidy(() => void model.apply(tf.ones([2, 3]), { training: true }))
  assert.ok([...mean.variable.dataSync()].some((value) => value !== 0))
})

test('a Model stands within a functional model, which hands inputs over as lists', () => {
  const input = tf.input({ shape: [4] })
  const inner = new TinyClassifier(2)
  const network = tf.model({ inputs: input, outputs: inner.apply(input) })
  const x = tf.ones([3, 4])
  assert.equal((network.predict(x) as Tensor).shape, [3, 2])
  assert.equal(asModel(network).apply(x).shape, [3, 2])
})

test('a Model is returned as it is', () => {
  const model = new TinyClassifier()
  assert.is(asModel(model), model)
})

test.run()
