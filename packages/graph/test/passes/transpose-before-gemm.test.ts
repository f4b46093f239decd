import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opsOf } from '../support/export-ops.ts'

const test = suite('flattened images before matrix products')

const filter = tf.randomUniform([3, 3, 2, 4], -1, 1, 'float32', 1) as tf.Tensor4D
const conv = (x: tf.Tensor) => tf.relu(tf.conv2d(x as tf.Tensor4D, filter, 1, 'valid'))
const weights = tf.randomUniform([3 * 5 * 4, 6], -1, 1, 'float32', 2)
const flatten = (x: tf.Tensor) => tf.reshape(x, [x.shape[0]!, -1])

test('the weights are turned instead of the image', async () => {
  const ops = ['Transpose', 'Conv', 'Relu', 'Reshape', 'Gemm']
  assert.equal(await opsOf((x) => tf.matMul(flatten(conv(x)), weights), [5, 7, 2]), ops)
  const columns = tf.transpose(weights)
  assert.equal(
    await opsOf((x) => tf.add(tf.matMul(flatten(conv(x)), columns, false, true), 1), [5, 7, 2]),
    ops,
  )
})

test('an image that is used elsewhere as well is turned as before', async () => {
  const ops = await opsOf(
    (x) => {
      const flat = flatten(conv(x))
      return tf.concat([tf.matMul(flat, weights), flat], 1)
    },
    [5, 7, 2],
  )
  assert.is(ops.filter((op) => op === 'Transpose').length, 2)
})

test.run()
