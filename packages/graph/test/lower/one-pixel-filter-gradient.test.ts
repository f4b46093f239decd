import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isWorthProducts } from '../../src/lower/one-pixel-filter-gradient.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkFree } from '../support/check-free.ts'

await tf.setBackend('cpu')

const test = suite('the gradient by a filter of one pixel')

test('is worth products of images where these are large and have few channels', () => {
  assert.ok(isWorthProducts([32, 32], 32, 144))
  assert.ok(isWorthProducts([16, 16], 32, 192))
  assert.not.ok(isWorthProducts([8, 8], 32, 192))
  assert.not.ok(isWorthProducts([16, 16], 512, 512))
})

test('of batches of any size is said to need a fixed one, as that of larger filters', async () => {
  const target = await cpuTarget()
  for (const kernel of [1, 3]) {
    const f = tf.ones([kernel, kernel, 16, 16]) as tf.Tensor4D
    const run = ({ x }: { x: tf.Tensor4D }) => {
      // Behind another convolution images lie in blocks.
      const y = tf.conv2d(x, f, 1, 'same')
      return {
        y: tf.grad((filter) => tf.conv2d(y, filter as tf.Tensor4D, 1, 'same'))(f),
      }
    }
    const x = { shape: [null, 18, 17, 16], dtype: 'float32' } as const
    const { refused } = await checkFree({ inputs: { x }, run }, [{ x: [2, 18, 17, 16] }], (graph) =>
      optimize(graph, target),
    )
    assert.match(refused ?? '', /the shape must be fixed/)
  }
})

test.run()
