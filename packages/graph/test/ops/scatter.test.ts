import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('sums of segments')

const indices = () => tf.tensor1d([3, 0, 2, 1, 3], 'int32')
const ids = (list: number[]) => tf.tensor1d(list, 'int32')

for (const list of [
  [0, 0, 1, 2, 2],
  [0, 2, 2, 5, 5],
]) {
  for (const name of ['sparseSegmentSum', 'sparseSegmentMean'] as const) {
    test(`${name} of segments ${list}`, () =>
      checkProgram(
        ({ data }) => ({ y: tf.sparse[name](data as tf.Tensor2D, indices(), ids(list)) }),
        { data: { shape: [4, 3] } },
      ))
  }
}

test('need segments that are known', () => {
  assert.throws(
    () =>
      capture(
        ({ data, segments }) => ({
          y: tf.sparse.sparseSegmentSum(data as tf.Tensor2D, indices(), segments as tf.Tensor1D),
        }),
        {
          inputs: {
            data: { shape: [4, 3], dtype: 'float32' },
            segments: { shape: [5], dtype: 'int32' },
          },
        },
      ),
    /SparseSegmentSum: segmentIds must be a constant/,
  )
})

for (const [list, message] of [
  [[0, 1, 0, 2, 2], /segmentIds must not fall/],
  [[-1, 0, 0, 1, 1], /segmentIds must not fall and not be negative/],
] as const) {
  test(`refuse segments ${list}`, () => {
    assert.throws(
      () =>
        capture(
          ({ data }) => ({
            y: tf.sparse.sparseSegmentSum(data as tf.Tensor2D, indices(), ids([...list])),
          }),
          { inputs: { data: { shape: [4, 3], dtype: 'float32' } } },
        ),
      message,
    )
  })
}

test.run()
