import { allClose } from '@ashlar/core/testing'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ProjectionBlock } from '../../src/index.ts'

const test = suite('projection block')

test('changes width and size by its strides, 2 by default', () => {
  assert.equal(new ProjectionBlock(128, 3).computeOutputShape([null, 7, 7, 64]), [null, 4, 4, 128])
  const same = new ProjectionBlock(16, 3, { strides: 1 })
  assert.equal(same.computeOutputShape([null, 7, 7, 64]), [null, 7, 7, 16])
})

test('has a 1x1 convolution and a norm on the shortcut', () => {
  const block = new ProjectionBlock(128, 3, { strides: 2 })
  block.build([null, 7, 7, 64])
  const shapes = Object.fromEntries(block.namedWeights().map(({ name, shape }) => [name, shape]))
  assert.equal(shapes['shortcut.kernel'], [1, 1, 64, 128])
  assert.equal(shapes['shortcutNorm.gamma'], [128])
  assert.is(block.summary().parameters.total, 231_296)
})

test('with nothing in the last norm, ReLU of the projected input comes out', () => {
  const block = new ProjectionBlock(3, 3, { strides: 1 })
  block.build([null, 4, 4, 2])
  const weights = Object.fromEntries(block.namedWeights().map((each) => [each.name, each.variable]))
  weights['norm2.gamma']!.assign(tf.zeros([3]))
  const x = tf.linspace(-1, 1, 32).reshape<tf.Tensor4D>([1, 4, 4, 2])
  // Fresh moving statistics are mean 0 and variance 1.
  const kernel = weights['shortcut.kernel'] as unknown as tf.Tensor4D
  const projected = tf.conv2d(x, kernel, 1, 'same').div(Math.sqrt(1 + 1e-3))
  allClose(block.apply(x).dataSync(), tf.relu(projected).dataSync())
})

test.run()
