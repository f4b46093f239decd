import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Mlp } from '../../src/index.ts'

const test = suite('Mlp')

test('two layers of 512 on MNIST have 669,706 parameters', () => {
  assert.is(new Mlp(10).summary([null, 28, 28, 1]).parameters.total, 669_706)
})

test('probabilities add up to 1; vectors need no flattening', () => {
  const mlp = new Mlp(3, { hidden: [4], output: 'probabilities' })
  const [sum] = tf.sum(mlp.apply(tf.ones([1, 5]))).dataSync()
  assert.ok(Math.abs(sum! - 1) < 1e-6)
})

test.run()
