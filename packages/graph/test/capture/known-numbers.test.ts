import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'

const test = suite('numbers that are known while capturing')

const inputs = { x: { shape: [2, 6], dtype: 'float32' } } as const

test('what follows from constants alone can be read', () => {
  const weights = tf.tensor1d([3, -1])
  let read: number[] = []
  const graph = capture(
    ({ x }) => {
      const sizes = tf.stack([tf.tensor1d(x!.shape, 'int32'), tf.tensor1d([1, 1], 'int32')])
      const halves = tf.div(tf.cast(sizes, 'float32'), tf.abs(weights))
      read = [...halves.dataSync()]
      return { y: tf.reshape(x!, [read[0]! < 1 ? -1 : 1]) }
    },
    { inputs },
  )
  assert.equal(
    read.map((value) => Number(value.toFixed(3))),
    [0.667, 6, 0.333, 1],
  )
  assert.equal(graph.outputs[0]!.value.shape, [12])
})

test('also later, by data()', async () => {
  let later: Promise<ArrayLike<number>> | undefined
  capture(
    ({ x }) => {
      later = tf.add(tf.scalar(1), 2).data()
      return { y: x! }
    },
    { inputs },
  )
  assert.equal([...Array.from(await later!)], [3])
})

test('what depends on an input cannot', () => {
  for (const program of [
    (x: tf.Tensor) => tf.add(x, 1),
    (x: tf.Tensor) => tf.concat([tf.zeros([1, 6]), x]),
  ]) {
    assert.throws(
      () =>
        capture(({ x }) => ({ y: tf.reshape(x!, [program(x!).dataSync().length]) }), { inputs }),
      /numbers must not be read while the program is captured/,
    )
  }
})

test.run()
