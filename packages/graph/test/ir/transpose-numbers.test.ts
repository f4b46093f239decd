import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { transposeNumbers } from '../../src/index.ts'

const test = suite('numbers with their axes in another order')

for (const [shape, perm] of [
  [[], []],
  [[5], [0]],
  [
    [0, 3],
    [1, 0],
  ],
  [
    [37, 20],
    [1, 0],
  ],
  // The kernel of a convolution as PyTorch has it, and of a depthwise one.
  [
    [33, 5, 3, 3],
    [2, 3, 1, 0],
  ],
  [
    [7, 1, 3, 2],
    [2, 3, 0, 1],
  ],
  [
    [2, 3, 4, 5],
    [1, 0, 2, 3],
  ],
  [
    [2, 3, 4, 5],
    [0, 3, 1, 2],
  ],
  [
    [2, 1, 3, 2, 3],
    [4, 2, 0, 3, 1],
  ],
] as const) {
  test(`[${shape.join(', ')}] by [${perm.join(', ')}] are those of tf.transpose`, () => {
    const size = tf.util.sizeFromShape([...shape])
    const numbers = Float32Array.from({ length: size }, (_, index) => index + 0.5)
    const before = numbers.slice()
    const expected = tf.tidy(
      () =>
        tf
          .transpose(tf.tensor(numbers, [...shape]), [...perm])
          .dataSync()
          .slice() as Float32Array,
    )
    const given = transposeNumbers(numbers, shape, perm)
    assert.equal([...given], [...expected])
    assert.ok(given !== numbers, 'they are its own')
    assert.equal(numbers, before)
  })
}

test.run()
