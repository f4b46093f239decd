import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers } from '../../src/index.ts'
import { orthonormalize } from '../../src/network/orthogonal.ts'

const test = suite('orthogonal')

/** tfjs's own decomposition. */
function byTfjs(rows: number, units: number, seed: number): Float32Array {
  return tf.tidy(() => {
    const [length, count] = [Math.max(rows, units), Math.min(rows, units)]
    const [q, r] = tf.linalg.qr(
      tf.randomNormal([length, count], 0, 1, 'float32', seed) as tf.Tensor2D,
    )
    const signs = Float32Array.from({ length: count }, (_, at) =>
      Math.sign(r!.arraySync()[at as never]![at]!),
    )
    const even = tf.mul(q!, tf.tensor1d(signs))
    return (rows < units ? tf.transpose(even) : even).dataSync() as Float32Array
  })
}

test('the initializer gives the numbers of tfjs', () => {
  assert.type(layers.lstm, 'function')
  for (const [rows, units] of [
    [1, 1],
    [5, 5],
    [7, 3],
    [3, 7],
    [4, 4],
    [8, 9],
    [1, 6],
    [6, 1],
    [13, 12],
  ]) {
    const made = tf.initializers.orthogonal({ seed: 5 } as never).apply([rows!, units!])
    const expected = byTfjs(rows!, units!, 5)
    for (const [at, each] of made.dataSync().entries()) {
      assert.ok(
        Math.abs(each - expected[at]!) < 2e-6,
        `${rows} x ${units}: ${each}, ${expected[at]}`,
      )
    }
  }
})

test('filters are flattened, and the gain counts', () => {
  const made = tf.initializers.orthogonal({ seed: 2, gain: 3 }).apply([2, 3, 4])
  assert.equal(made.shape, [2, 3, 4])
  const flat = tf.reshape(made, [6, 4])
  const products = tf.matMul(flat, flat, true).dataSync()
  for (const [at, each] of products.entries()) {
    assert.ok(Math.abs(each - (at % 5 === 0 ? 9 : 0)) < 1e-5, String(each))
  }
})

test('bases of all sizes are orthonormal', () => {
  for (const [length, count] of [
    [1, 1],
    [2, 2],
    [9, 5],
    [16, 16],
    [33, 31],
    [130, 66],
    [128, 128],
  ]) {
    const numbers = tf.randomNormal([count!, length!], 0, 1, 'float32', 9).arraySync() as number[][]
    const columns = numbers.map((each) => Float64Array.from(each))
    orthonormalize(columns)
    for (const [i, a] of columns.entries()) {
      for (const [j, b] of columns.entries()) {
        const product = a.reduce((sum, each, at) => sum + each * b[at]!, 0)
        assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-12, `${length} x ${count}: ${product}`)
      }
    }
  }
})

test('a matrix must have two axes', () => {
  assert.throws(() => tf.initializers.orthogonal({}).apply([3]), /at least 2D/)
})

test.run()
