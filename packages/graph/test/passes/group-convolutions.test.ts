import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opsOf } from '../support/export-ops.ts'

const test = suite('convolutions of parts of the channels')

const kernel = (seed: number, size = 3) =>
  tf.randomUniform([3, 3, 2, size], -1, 1, 'float32', seed) as tf.Tensor4D
const kernels = [kernel(1), kernel(2), kernel(3)]
const bias = tf.tensor1d([1, 2, 3, 4, 5, 6, 7, 8, 9])

const point = tf.randomUniform([1, 1, 6, 6], -1, 1, 'float32', 5) as tf.Tensor4D

/** An image that lies with channels first. */
const pixels = (x: tf.Tensor) => tf.relu(tf.conv2d(x as tf.Tensor4D, point, 1, 'same'))

const grouped = (x: tf.Tensor, strides: readonly number[] = [1, 1, 1]) => {
  const parts = tf.split(pixels(x), 3, -1) as tf.Tensor4D[]
  return tf.concat(
    parts.map((part, index) => tf.conv2d(part, kernels[index]!, strides[index]!, 'same')),
    -1,
  )
}

test('are one convolution in groups, with the bias that is added to it', async () => {
  assert.equal(await opsOf((x) => tf.relu(tf.add(grouped(x), bias)), [5, 7, 6]), [
    'Transpose',
    'Conv',
    'Relu',
    'Conv',
    'Relu',
    'Transpose',
  ])
})

test('stay as they are where they differ, or where a part is used by itself', async () => {
  const other = await opsOf(
    (x) => {
      const [a, b, c] = tf.split(pixels(x), 3, -1) as tf.Tensor4D[]
      const parts = [
        tf.conv2d(a!, kernels[0]!, 1, 'same'),
        tf.conv2d(b!, kernels[1]!, 1, 'same'),
        tf.conv2d(c!, kernel(4, 5), 1, 'same'),
      ]
      return tf.concat(parts, -1)
    },
    [5, 7, 6],
  )
  assert.is(other.filter((op) => op === 'Conv').length, 4)
  const turned = await opsOf(
    (x) => {
      const [a, b] = tf.split(pixels(x), 3, -1) as tf.Tensor4D[]
      return tf.concat(
        [tf.conv2d(b!, kernels[0]!, 1, 'same'), tf.conv2d(a!, kernels[1]!, 1, 'same')],
        -1,
      )
    },
    [5, 7, 6],
  )
  assert.is(turned.filter((op) => op === 'Conv').length, 3)
})

test.run()
