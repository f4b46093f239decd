import { capture } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, withSeed } from '../../src/index.ts'

const test = suite('initial weights of a uniform distribution')

/** Loaded, and with it what draws these weights. */
assert.type(layers.dense, 'function')

const limits: readonly (readonly [
  name: 'glorotUniform' | 'heUniform' | 'leCunUniform',
  shape: number[],
  limit: number,
])[] = [
  ['glorotUniform', [30, 20], Math.sqrt(3 / 25)],
  ['heUniform', [30, 20], Math.sqrt(6 / 30)],
  ['leCunUniform', [3, 3, 4, 8], Math.sqrt(3 / 36)],
  ['glorotUniform', [3, 3, 4, 8], Math.sqrt(3 / 54)],
  ['glorotUniform', [5, 4, 8], Math.sqrt(3 / 30)],
  ['glorotUniform', [16], Math.sqrt(3 / 4)],
  ['glorotUniform', [2, 2, 2, 2, 2, 2], Math.sqrt(3 / 8)],
]

for (const [name, shape, limit] of limits) {
  test(`${name} of [${shape.join(', ')}] draws the numbers of tf.randomUniform`, () => {
    tf.tidy(() => {
      const seeded = tf.initializers[name]({ seed: 7 }).apply(shape) as tf.Tensor
      const expected = tf.randomUniform(shape, -limit, limit, 'float32', 7)
      assert.equal(seeded.shape, shape)
      assert.equal(seeded.dataSync(), expected.dataSync())
      // Without a seed of its own it takes one number of Math.random, and no more.
      const drawn = withSeed(3, 'weights', () => [
        (tf.initializers[name]({}).apply(shape) as tf.Tensor).dataSync(),
        Math.random(),
      ])
      const plain = withSeed(3, 'weights', () => [
        tf.randomUniform(shape, -limit, limit).dataSync(),
        Math.random(),
      ])
      assert.equal(drawn, plain)
    })
  })
}

test('captured within a program, they are drawn anew in each run', () => {
  const scalar = { shape: [], dtype: 'int32' } as const
  const kernels = (draw: () => tf.Tensor) =>
    capture(() => ({ drawn: draw() }), { inputs: { seed: scalar, step: scalar } }).nodes.map(
      ({ op }) => op,
    )
  const drawn = kernels(() => tf.initializers.glorotUniform({}).apply([2, 3]) as tf.Tensor)
  assert.ok(drawn.length > 0)
  assert.equal(
    drawn,
    kernels(() => tf.randomUniform([2, 3], -1, 1)),
  )
})

test('normal ones, and whole numbers, are left to tfjs', () => {
  tf.tidy(() => {
    const normal = tf.initializers.heNormal({ seed: 5 }).apply([200, 3]) as tf.Tensor
    const expected = tf.truncatedNormal([200, 3], 0, Math.sqrt(2 / 200), 'float32', 5)
    assert.equal(normal.dataSync(), expected.dataSync())
    const whole = tf.initializers.glorotUniform({ seed: 5 }).apply([1, 1], 'int32') as tf.Tensor
    assert.is(whole.dtype, 'int32')
  })
})

test.run()
