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

test('numbers of a regression are brought to where they lie', () => {
  const args = { hidden: [4] }
  const plain = new Mlp(2, args)
  const scaled = new Mlp(2, { ...args, targetScale: { mean: [1000, -5], std: [200, 2] } })
  for (const mlp of [plain, scaled]) {
    mlp.seed = 3
    mlp.build([null, 3])
  }
  const x = tf.tensor2d([[0.5, -1, 2]])
  const [near, far] = [plain, scaled].map((mlp) => Array.from(mlp.apply(x).dataSync()))
  for (const [at, [mean, std]] of [[1000, 200] as const, [-5, 2] as const].entries()) {
    assert.ok(Math.abs(far![at]! - (near![at]! * std + mean)) < 1e-3)
  }
})

test.run()
