import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  type Outcome,
  sparseCategoricalCrossentropy,
} from '../../src/index.ts'
import { lossPlugins } from '../../src/losses/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('losses')

const probabilities = [
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
]
const logits = [
  [2, -1, 0.5],
  [-1000, 0, 1000],
]
const expected = [-Math.log(0.7), -Math.log(0.1)]
const rowLoss = Math.log(Math.exp(2) + Math.exp(-1) + Math.exp(0.5)) - 2

function perSample(loss: Loss, make: () => Outcome): Promise<number[]> {
  return withoutLeaks(() => tf.tidy(() => [...loss.perSample(make()).dataSync()]))
}

const indices = () => tf.tensor1d([0, 1], 'int32')
const oneHot = () =>
  tf.tensor2d([
    [1, 0, 0],
    [0, 1, 0],
  ])

test('cross-entropy of probabilities', async () => {
  allClose(
    await perSample(sparseCategoricalCrossentropy(), () => ({
      labels: indices(),
      predictions: tf.tensor2d(probabilities),
    })),
    expected,
  )
  allClose(
    await perSample(categoricalCrossentropy(), () => ({
      labels: oneHot(),
      predictions: tf.tensor2d(probabilities),
    })),
    expected,
  )
})

test('cross-entropy of logits stays exact where probabilities would be 0', async () => {
  for (const loss of [sparseCategoricalCrossentropy, categoricalCrossentropy]) {
    const labels = loss === sparseCategoricalCrossentropy ? indices : oneHot
    const found = await perSample(loss({ fromLogits: true }), () => ({
      labels: labels(),
      predictions: tf.tensor2d(logits),
    }))
    allClose(found, [rowLoss, 1000])
  }
})

test('the logits behind a softmax are used in place of its probabilities', async () => {
  const found = await perSample(sparseCategoricalCrossentropy(), () => ({
    labels: indices(),
    predictions: tf.softmax(tf.tensor2d(logits)),
    logits: tf.tensor2d(logits),
  }))
  allClose(found, [rowLoss, 1000])
})

test('a probability of 0 is clipped at 1e-7, as in Keras', async () => {
  const found = await perSample(sparseCategoricalCrossentropy(), () => ({
    labels: tf.tensor1d([1], 'int32'),
    predictions: tf.tensor2d([[1, 0]]),
  }))
  allClose(found, [-Math.log(1e-7)])
})

test('soft labels weigh the classes', async () => {
  const found = await perSample(categoricalCrossentropy(), () => ({
    labels: tf.tensor2d([[0.5, 0.5, 0]]),
    predictions: tf.tensor2d([probabilities[0]!]),
  }))
  allClose(found, [-(Math.log(0.7) + Math.log(0.2)) / 2])
})

test('labels that are bytes or floats count as indices', async () => {
  const found = await perSample(sparseCategoricalCrossentropy(), () => ({
    labels: tf.tensor1d([0, 1], 'float32'),
    predictions: tf.tensor2d(probabilities),
  }))
  allClose(found, expected)
})

test('mean squared error is the mean over each sample', async () => {
  const found = await perSample(meanSquaredError(), () => ({
    labels: tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    predictions: tf.tensor2d([
      [1, 4],
      [0, 0],
    ]),
  }))
  allClose(found, [2, 12.5])
  const scalar = await perSample(meanSquaredError(), () => ({
    labels: tf.tensor1d([1, 2], 'int32'),
    predictions: tf.tensor2d([[3], [2]]),
  }))
  allClose(scalar, [4, 0])
})

test('label smoothing spreads a part of each label over all classes', async () => {
  const rows = probabilities.map((row) => row.map((value) => -Math.log(value)))
  const smoothed = rows.map((row, own) =>
    row.reduce((sum, value, place) => sum + value * ((place === own ? 0.7 : 0) + 0.1), 0),
  )
  for (const loss of [sparseCategoricalCrossentropy, categoricalCrossentropy]) {
    const labels = loss === sparseCategoricalCrossentropy ? indices : oneHot
    const found = await perSample(loss({ labelSmoothing: 0.3 }), () => ({
      labels: labels(),
      predictions: tf.tensor2d(probabilities),
    }))
    allClose(found, smoothed)
  }
})

test('binary cross-entropy of probabilities and of logits', async () => {
  const labels = () => tf.tensor1d([1, 0, 1], 'int32')
  const found = await perSample(binaryCrossentropy(), () => ({
    labels: labels(),
    predictions: tf.tensor2d([[0.8], [0.4], [0]]),
  }))
  allClose(found, [-Math.log(0.8), -Math.log(0.6), -Math.log(1e-7)])
  const exact = await perSample(binaryCrossentropy({ fromLogits: true }), () => ({
    labels: labels(),
    predictions: tf.tensor2d([[2], [-1], [-1000]]),
  }))
  allClose(exact, [Math.log(1 + Math.exp(-2)), Math.log(1 + Math.exp(-1)), 1000])
})

test('binary cross-entropy of several outputs is their mean; smoothing moves labels to the middle', async () => {
  const found = await perSample(binaryCrossentropy({ labelSmoothing: 0.2 }), () => ({
    labels: tf.tensor2d([[1, 0]]),
    predictions: tf.tensor2d([[0.8, 0.4]]),
  }))
  const one = (p: number, y: number) => -(y * Math.log(p) + (1 - y) * Math.log(1 - p))
  allClose(found, [(one(0.8, 0.9) + one(0.4, 0.1)) / 2])
})

test('absolute error and Huber', async () => {
  const outcome = () => ({
    labels: tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    predictions: tf.tensor2d([
      [1.5, 2],
      [0, 10],
    ]),
  })
  allClose(await perSample(meanAbsoluteError(), outcome), [0.25, 4.5])
  allClose(await perSample(huber(), outcome), [0.125 / 2, (2.5 + 5.5) / 2])
  allClose(await perSample(huber({ delta: 4 }), outcome), [0.125 / 2, (4.5 + 16) / 2])
})

test('the gradient of cross-entropy by logits is softmax minus one-hot', () => {
  const loss = sparseCategoricalCrossentropy({ fromLogits: true })
  tf.tidy(() => {
    const x = tf.tensor2d([[2, -1, 0.5]])
    const gradient = tf.grad((predictions) =>
      tf.sum(loss.perSample({ labels: tf.tensor1d([2], 'int32'), predictions })),
    )(x)
    const softmax = tf.softmax(x).dataSync()
    allClose(gradient.dataSync(), [softmax[0]!, softmax[1]!, softmax[2]! - 1])
  })
})

test('labels of the other form are refused with both shapes', () => {
  tf.tidy(() => {
    const predictions = tf.tensor2d(probabilities)
    assert.throws(
      () => sparseCategoricalCrossentropy().perSample({ labels: oneHot(), predictions }),
      'sparse-categorical-crossentropy: labels must be class indices, one for each row of the output, ' +
        'got {"labels":[2,3],"output":[2,3]}\n' +
        '  sparse-categorical-crossentropy takes class indices, categorical-crossentropy one-hot rows.',
    )
    assert.throws(
      () => categoricalCrossentropy().perSample({ labels: indices(), predictions }),
      /^categorical-crossentropy: labels must be one-hot, of the shape of the output, got \{"labels":\[2\],"output":\[2,3\]\}/,
    )
    assert.throws(
      () => huber().perSample({ labels: indices(), predictions }),
      /^huber: labels must have the shape of the output/,
    )
    assert.throws(
      () => meanSquaredError().perSample({ labels: indices(), predictions }),
      /^mean-squared-error: labels must have the shape of the output, got \{"labels":\[2\],"output":\[2,3\]\}$/,
    )
  })
})

test('as plugins they are named as they name themselves', () => {
  for (const plugin of lossPlugins) {
    const loss = plugin.create(plugin.options.parse({}), undefined as never)
    assert.is(loss.name, plugin.name)
    assert.throws(() => plugin.options.parse({ fromlogits: true }), /fromlogits/)
  }
})

test('wrong options are refused', () => {
  const refuses = (name: string, options: object) => {
    const plugin = lossPlugins.find((each) => each.name === name)!
    assert.throws(() => plugin.options.parse(options), new RegExp(Object.keys(options)[0]!))
  }
  refuses('sparse-categorical-crossentropy', { labelSmoothing: 1 })
  refuses('binary-crossentropy', { fromLogits: 'yes' })
  refuses('huber', { delta: 0 })
})

test.run()
