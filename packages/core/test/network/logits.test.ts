import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers } from '../../src/index.ts'
import { rememberLogits, withLogits } from '../../src/network/logits.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('logits')

const endings = [
  ['dense', () => layers.dense({ units: 3, activation: 'softmax' })],
  ['activation', () => layers.activation({ activation: 'softmax' })],
  ['softmax', () => layers.softmax()],
] as const

for (const [name, make] of endings) {
  test(`the logits behind a ${name} layer are known while the step runs`, async () => {
    const layer = make()
    rememberLogits(layer)
    const x = tf.tensor2d([[1, 2, 4]])
    tf.tidy(() => void layer.apply(x))
    await withoutLeaks(() => {
      tf.tidy(() =>
        withLogits((logitsOf) => {
          const probabilities = layer.apply(x)
          const logits = logitsOf(probabilities)!
          allClose(tf.softmax(logits).dataSync(), probabilities.dataSync())
          assert.is(logitsOf(x), undefined)
        }),
      )
    })
    x.dispose()
    layer.dispose()
  })
}

test('a softmax over several axes is none over classes', () => {
  const layer = layers.softmax({ axis: [1, 2] })
  rememberLogits(layer)
  tf.tidy(() =>
    withLogits((logitsOf) => assert.is(logitsOf(layer.apply(tf.ones([1, 2, 3]))), undefined)),
  )
})

test('a layer without softmax has no logits', () => {
  const layer = layers.dense({ units: 3, activation: 'sigmoid' })
  rememberLogits(layer)
  tf.tidy(() =>
    withLogits((logitsOf) => assert.is(logitsOf(layer.apply(tf.ones([1, 2]))), undefined)),
  )
  layer.dispose()
})

test.run()
