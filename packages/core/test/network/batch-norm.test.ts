import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initialStatisticsLeft, layers } from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('batch norm')

const x = [
  [1, 10],
  [3, 30],
]
const normalized = (epsilon: number) => [-1, -10, 1, 10].map((d) => d / Math.sqrt(d ** 2 + epsilon))

for (const [scale, center] of [
  [true, true],
  [false, true],
  [true, false],
  [false, false],
] as const) {
  test(`trains with scale ${scale} and center ${center}`, async () => {
    const layer = layers.batchNormalization({ scale, center })
    tf.tidy(() => void layer.apply(tf.ones([1, 2])))
    await withoutLeaks(() =>
      tf.tidy(() => {
        const trained = layer.apply(tf.tensor2d(x), { training: true })
        allClose(trained.dataSync(), normalized(1e-3))
        const loss = (input: tf.Tensor) => tf.sum(tf.square(layer.apply(input, { training: true })))
        const gradient = tf.grad(loss)(tf.tensor2d(x)).dataSync()
        assert.ok([...gradient].every(Number.isFinite))
      }),
    )
    assert.is(layer.getWeights().length, 2 + Number(scale) + Number(center))
    layer.dispose()
  })
}

test('infers with what it has learnt', () => {
  const layer = layers.batchNormalization({ scale: false, momentum: 0 })
  tf.tidy(() => {
    layer.apply(tf.tensor2d(x), { training: true })
    allClose(layer.apply(tf.tensor2d(x)).dataSync(), normalized(1e-3))
  })
  layer.dispose()
})

test('moving statistics lose what they began with, step by step', () => {
  const quick = layers.batchNormalization({ momentum: 0.5 })
  const usual = layers.batchNormalization()
  assert.is(initialStatisticsLeft([quick, layers.add()], 3), 0.125)
  assert.is(initialStatisticsLeft([quick, usual], 100), 0.99 ** 100)
  assert.is(initialStatisticsLeft([layers.add()], 0), 0)
})

for (const [name, shape, axis] of [
  ['sequences', [4, 3, 5], 1],
  ['images', [4, 3, 2, 5], 1],
  ['images, counted from behind', [4, 3, 2, 5], -3],
  ['volumes', [2, 3, 2, 3, 2], 1],
  ['volumes with channels last', [2, 3, 2, 3, 2], -1],
] as const) {
  test(`of ${name}, axis ${axis}: trains and infers as rows of channels do`, () => {
    tf.tidy(() => {
      const rank = shape.length
      const own = (axis + rank) % rank
      const perm = [...shape.keys()].filter((each) => each !== own).concat(own)
      const input = tf.randomNormal([...shape], 1, 2, 'float32', 3)
      const rowsOf = (each: tf.Tensor) => tf.reshape(tf.transpose(each, perm), [-1, shape[own]!])
      const layer = layers.batchNormalization({ axis, momentum: 0.5 })
      const rows = layers.batchNormalization({ momentum: 0.5 })
      const weight = tf.randomNormal([...shape], 0, 1, 'float32', 4)
      for (const training of [true, false]) {
        const y = layer.apply(input, { training })
        const expected = rows.apply(rowsOf(input), { training })
        allClose(rowsOf(y).dataSync(), expected.dataSync(), { absolute: 1e-5 })
      }
      for (const [index, each] of layer.getWeights().entries()) {
        // tfjs corrects a variance by the number of samples, which is the same here.
        allClose(each.dataSync(), rows.getWeights()[index]!.dataSync(), { absolute: 1e-5 })
      }
      const loss = (of: (each: tf.Tensor) => tf.Tensor) => (each: tf.Tensor) =>
        tf.sum(tf.mul(of(each), rowsOf(weight)))
      const train = { training: true }
      const gradient = tf.grad(loss((each) => rowsOf(layer.apply(each, train))))(input)
      const wanted = tf.grad(loss((each) => rows.apply(rowsOf(each), train)))(input)
      allClose(gradient.dataSync(), wanted.dataSync(), { absolute: 1e-5 })
    })
  })
}

test.run()
