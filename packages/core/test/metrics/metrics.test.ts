import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  absoluteError,
  accuracy,
  type Metric,
  metricPlugins,
  type Outcome,
  rootMeanSquaredError,
  topK,
} from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('metrics')

/** The metric over several batches. */
function over(metric: Metric, batches: (() => Outcome)[]): Promise<number> {
  return withoutLeaks(() =>
    tf.tidy(() => {
      const sums: Record<string, number[]> = {}
      for (const [name, shape] of Object.entries(metric.accumulators)) {
        sums[name] = Array<number>(tf.util.sizeFromShape([...shape])).fill(0)
      }
      for (const batch of batches) {
        for (const [name, part] of Object.entries(metric.add(batch()))) {
          for (const [i, value] of part.dataSync().entries()) sums[name]![i]! += value
        }
      }
      return metric.result(sums)
    }),
  )
}

const rows = [
  [0.1, 0.6, 0.3],
  [0.5, 0.2, 0.3],
  [0.2, 0.3, 0.5],
]
const predictions = () => tf.tensor2d(rows)

test('accuracy counts every sample once, over batches of any size', async () => {
  const found = await over(accuracy(), [
    () => ({ labels: tf.tensor1d([1, 0, 0], 'int32'), predictions: predictions() }),
    () => ({ labels: tf.tensor1d([2], 'int32'), predictions: tf.tensor2d([rows[2]!]) }),
  ])
  allClose([found], [3 / 4])
})

test('accuracy takes one-hot labels', async () => {
  const labels = () => tf.oneHot(tf.tensor1d([1, 1, 2], 'int32'), 3)
  const found = await over(accuracy(), [() => ({ labels: labels(), predictions: predictions() })])
  allClose([found], [2 / 3])
})

test('accuracy of a single output is taken at 0.5', async () => {
  const found = await over(accuracy(), [
    () => ({
      labels: tf.tensor1d([1, 0, 0, 1], 'int32'),
      predictions: tf.tensor2d([[0.9], [0.2], [0.7], [0.4]]),
    }),
  ])
  allClose([found], [0.5])
})

test('top-k counts a class among the k largest, ties included', async () => {
  const labels = () => tf.tensor1d([0, 2, 0], 'int32')
  const outcome = [() => ({ labels: labels(), predictions: predictions() })]
  allClose([await over(topK({ k: 1 }), outcome)], [0])
  allClose([await over(topK({ k: 2 }), outcome)], [1 / 3])
  allClose([await over(topK({ k: 3 }), outcome)], [1])
  const tie = [
    () => ({ labels: tf.tensor1d([2], 'int32'), predictions: tf.tensor2d([[0.2, 0.4, 0.4]]) }),
  ]
  allClose([await over(topK({ k: 1 }), tie)], [1])
  assert.is(topK().name, 'top-5')
})

test('absolute and root mean squared error over batches of any size, the lower the better', async () => {
  const batches = [
    () => ({ labels: tf.tensor1d([1, 2], 'int32'), predictions: tf.tensor2d([[1], [5]]) }),
    () => ({ labels: tf.tensor1d([0]), predictions: tf.tensor2d([[-3]]) }),
  ]
  allClose([await over(absoluteError(), batches)], [2])
  allClose([await over(rootMeanSquaredError(), batches)], [Math.sqrt(6)])
  assert.is(absoluteError().better, 'lower')
  assert.is(rootMeanSquaredError().better, 'lower')
  assert.is(accuracy().better, undefined)
})

test('labels that are neither indices nor rows are refused', () => {
  tf.tidy(() => {
    assert.throws(
      () => accuracy().add({ labels: tf.zeros([3, 3, 1]), predictions: predictions() }),
      /^accuracy: labels must be class indices \[batch\] or one-hot rows \[batch, classes\], got \{"labels":\[3,3,1\],"output":\[3,3\]\}$/,
    )
  })
})

test('as plugins they take their options', () => {
  const [, topKPlugin] = metricPlugins
  const create = (options: object) =>
    topKPlugin!.create(topKPlugin!.options.parse(options), undefined as never)
  assert.is(create({ k: 3 }).name, 'top-3')
  assert.throws(() => create({ k: 0 }), /k/)
})

test.run()
