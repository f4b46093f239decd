import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  absoluteError,
  accumulatorsOf,
  accuracy,
  binaryAccuracy,
  binaryCrossentropy,
  categoricalAccuracy,
  categoricalCrossentropy,
  type Loss,
  type Metric,
  type Outcome,
  rootMeanSquaredError,
  sparseCategoricalCrossentropy,
  squaredError,
  topK,
} from '../../src/index.ts'
import { metricPlugins } from '../../src/metrics/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('metrics')

/** The metric over several batches. */
function over(metric: Metric, batches: (() => Outcome)[]): Promise<number> {
  return withoutLeaks(() =>
    tf.tidy(() => {
      const sums: Record<string, number[]> = {}
      const outputShape = () => batches[0]!().predictions.shape.slice(1)
      for (const [name, shape] of Object.entries(accumulatorsOf(metric, outputShape))) {
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

const logits = binaryCrossentropy({ fromLogits: true })
const yes = [
  [0.9, 0.2, 0.7],
  [0.4, 0.6, 0.1],
]

/** What is right: worked out by hand from Keras's rules. */
const rules: readonly [what: string, labels: Nested, output: Nested, right: number, loss?: Loss][] =
  [
    ['one output', [1, 0, 0, 1], [[0.9], [0.2], [0.7], [0.4]], 2 / 4],
    ['one output, labels of its shape', [[1], [0]], [[0.9], [0.7]], 1 / 2],
    ['one output without an axis', [1, 0, 1], [0.9, 0.7, 0.2], 1 / 3],
    ['one output at the threshold', [0, 1], [[0.5], [0.5]], 1 / 2],
    ['one logit', [1, 1, 0, 0], [[0.1], [-0.2], [-3], [0.4]], 2 / 4, logits],
    ['one output, soft labels', [0.7, 0], [[0.9], [0.1]], 1 / 2],
    [
      'yes or no for each output',
      [
        [1, 1, 1],
        [0, 1, 1],
      ],
      yes,
      4 / 6,
      binaryCrossentropy(),
    ],
    ['yes or no for each logit', [[1, 1, 0]], [[0.2, -0.2, -5]], 2 / 3, logits],
    ['yes or no at each place', [[[1], [0]]], [[[0.9], [0.8]]], 1 / 2],
    [
      'one-hot',
      [
        [0, 1, 0],
        [0, 1, 0],
      ],
      yes,
      1 / 2,
    ],
    [
      'one-hot of a loss of classes',
      [
        [0, 1, 0],
        [0, 1, 0],
      ],
      yes,
      1 / 2,
      categoricalCrossentropy(),
    ],
    ['indices', [0, 2], yes, 1 / 2],
    ['indices with an axis', [[0], [2]], yes, 1 / 2, sparseCategoricalCrossentropy()],
    ['indices at each place', [[0, 1]], [yes], 2 / 2],
    ['indices at each place with an axis', [[[0], [2]]], [yes], 1 / 2],
  ]

type Nested = number | readonly Nested[]

for (const [what, labels, output, right, reading] of rules) {
  test(`accuracy: ${what}`, async () => {
    const found = await over(accuracy(), [
      () => ({
        labels: tf.tensor(labels as number[]),
        predictions: tf.tensor(output as number[]),
        reading,
      }),
    ])
    allClose([found], [right])
  })
}

test('the accuracies that Keras has by name can be asked for', async () => {
  const outcome = (): Outcome => ({
    labels: tf.tensor2d([[0, 1, 0]]),
    predictions: tf.tensor2d([[0.7, 0.6, 0.3]]),
  })
  allClose([await over(binaryAccuracy(), [outcome])], [2 / 3])
  allClose([await over(binaryAccuracy({ threshold: 0.65 }), [outcome])], [1 / 3])
  allClose([await over(categoricalAccuracy(), [outcome])], [0])
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
  allClose([await over(squaredError(), batches)], [6])
  allClose([await over(rootMeanSquaredError(), batches)], [Math.sqrt(6)])
  assert.is(absoluteError().better, 'lower')
  assert.is(rootMeanSquaredError().better, 'lower')
  assert.is(accuracy().better, undefined)
})

test('labels that are neither indices nor rows are refused', () => {
  tf.tidy(() => {
    assert.throws(
      () => accuracy().add({ labels: tf.zeros([3, 3, 1]), predictions: predictions() }),
      /^accuracy: labels must be class indices, one for each row of the output, or one-hot rows of its shape, got \{"labels":\[3,3,1\],"output":\[3,3\]\}$/,
    )
  })
})

test('as plugins they take their options', () => {
  const topKPlugin = metricPlugins.find(({ name }) => name === 'top-k')
  const create = (options: object) =>
    topKPlugin!.create(topKPlugin!.options.parse(options), undefined as never)
  assert.is(create({ k: 3 }).name, 'top-3')
  assert.throws(() => create({ k: 0 }), /k/)
})

test.run()
