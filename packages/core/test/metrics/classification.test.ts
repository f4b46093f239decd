import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accumulatorsOf,
  auc,
  averagePrecision,
  type ClassCountOptions,
  f1,
  type Metric,
  meanIoU,
  type Outcome,
  precision,
  recall,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('metrics of classes')

/** A linear congruential generator, the same in the Python that scikit-learn's numbers are from. */
function* numbers(seed: number): Generator<number> {
  let state = BigInt(seed)
  for (;;) {
    state = (state * 1103515245n + 12345n) % 2147483648n
    yield Number(state) / 2147483648
  }
}

/** Several classes: logits and labels; of the third, the last class never occurs. */
function classesOf(seed: number, rows: number, width: number) {
  const random = numbers(seed)
  const next = () => random.next().value as number
  const logits = Array.from({ length: rows }, () => Array.from({ length: width }, () => next() * 4))
  const present = width - (seed === 3 ? 1 : 0)
  const labels = Array.from({ length: rows }, () => Math.floor(next() * present))
  return { logits, labels }
}

/** Yes or no: logits, and labels that mostly follow them. */
function answersOf(seed: number, rows: number) {
  const random = numbers(seed)
  const next = () => random.next().value as number
  const logits = Array.from({ length: rows }, () => next() * 6 - 3)
  const labels = logits.map((each) => Math.floor(Number(next() < 1 / (1 + Math.exp(-each)))))
  return { logits, labels }
}

/** The metric over two batches. */
function over(metric: Metric, outcome: () => Outcome): number {
  return tf.tidy(() => {
    const { labels, predictions, reading } = outcome()
    const shapes = accumulatorsOf(metric, () => predictions.shape.slice(1))
    const sums = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        new Float32Array(tf.util.sizeFromShape([...shape])),
      ]),
    )
    const rows = predictions.shape[0]!
    const part = (x: tf.Tensor, from: number, size: number) =>
      tf.slice(x, [from, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)])
    for (const [from, size] of [
      [0, 7],
      [7, rows - 7],
    ] as const) {
      const before = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, tf.tensor(sums[name]!, [...shape])]),
      )
      const batch = {
        labels: part(labels, from, size),
        predictions: part(predictions, from, size),
        reading,
      }
      const added = metric.add(batch, before)
      for (const [name, tensor] of Object.entries(added)) {
        for (const [i, value] of tensor.dataSync().entries()) sums[name]![i]! += value
      }
    }
    return metric.result(sums)
  })
}

const all = (options: ClassCountOptions) => [
  precision(options),
  recall(options),
  f1(options),
  meanIoU(options),
]

/** What scikit-learn 1.9 says: precision, recall, F1 and Jaccard by average, and the one-versus-rest area. */
const CLASSES = [
  {
    size: [1, 40, 4],
    macro: [0.28125, 0.326374, 0.289823, 0.175962],
    micro: [0.3, 0.3, 0.3, 0.176471],
    weighted: [0.305625, 0.3, 0.292717, 0.180124],
    auc: 0.503432,
  },
  {
    size: [2, 60, 3],
    macro: [0.269481, 0.280896, 0.265527, 0.153555],
    micro: [0.266667, 0.266667, 0.266667, 0.153846],
    weighted: [0.271807, 0.266667, 0.260627, 0.150262],
    auc: 0.483083,
  },
  {
    size: [3, 25, 6],
    macro: [0.15, 0.15, 0.15, 0.092593],
    micro: [0.2, 0.2, 0.2, 0.111111],
    weighted: [0.2, 0.2, 0.2, 0.124444],
    auc: 0.494011,
  },
] as const

for (const { size, auc: area, ...averages } of CLASSES) {
  const [seed, rows, width] = size
  const { logits, labels } = classesOf(seed, rows, width)
  const byLogits = () => ({
    labels: tf.tensor1d(labels, 'int32'),
    predictions: tf.tensor2d(logits),
    reading: { labels: 'indices', fromLogits: true } as const,
  })
  const byProbabilities = () => ({
    labels: tf.oneHot(tf.tensor1d(labels, 'int32'), width),
    predictions: tf.softmax(tf.tensor2d(logits)),
  })

  test(`${width} classes: as scikit-learn, whatever the average`, () => {
    for (const average of ['macro', 'micro', 'weighted'] as const) {
      for (const outcome of [byLogits, byProbabilities]) {
        const found = all({ average }).map((metric) => over(metric, outcome))
        allClose(found, averages[average], { absolute: 1e-6 })
      }
    }
  })

  test(`${width} classes: the area under the curve as scikit-learn's`, () => {
    for (const outcome of [byLogits, byProbabilities]) {
      allClose([over(auc(), outcome)], [area], { absolute: 1e-6 })
    }
  })
}

const BINARY = [
  { size: [4, 50], scores: [0.863636, 0.826087, 0.844444, 0.730769], auc: 0.937198 },
  { size: [5, 200], scores: [0.735849, 0.829787, 0.78, 0.639344], auc: 0.84725 },
] as const

for (const { size, scores, auc: area } of BINARY) {
  const { logits, labels } = answersOf(size[0], size[1])

  test(`yes or no, ${size[1]} rows: as scikit-learn, for logits and probabilities`, () => {
    const outcomes = [
      () => ({
        labels: tf.tensor1d(labels, 'int32'),
        predictions: tf.tensor2d(logits, [logits.length, 1]),
        reading: { labels: 'yes-or-no', fromLogits: true } as const,
      }),
      () => ({
        labels: tf.tensor2d(labels, [labels.length, 1]),
        predictions: tf.sigmoid(tf.tensor2d(logits, [logits.length, 1])),
      }),
    ]
    for (const outcome of outcomes) {
      allClose(
        all({}).map((metric) => over(metric, outcome)),
        scores,
        { absolute: 1e-6 },
      )
      allClose([over(auc(), outcome)], [area], { absolute: 1e-6 })
    }
  })
}

test('ties count half, and scores that differ in the last bit of float32 are none', () => {
  const next = Math.fround(0.5) + 2 ** -24
  const outcome = (scores: number[], labels: number[]) => () => ({
    labels: tf.tensor2d(labels, [labels.length, 1]),
    predictions: tf.tensor2d(scores, [scores.length, 1]),
  })
  const labels = [0, 1, 0, 1, 1, 0, 0, 1]
  const equal = outcome(Array(8).fill(0.5), labels)
  assert.is(over(auc(), equal), 0.5)
  assert.is(over(averagePrecision(), equal), 0.5)
  const apart = outcome(
    labels.map((label) => (label ? next : 0.5)),
    labels,
  )
  assert.is(over(auc(), apart), 1)
  assert.is(over(averagePrecision(), apart), 1)
})

test('of more samples than are kept, the area is off by half the pairs of one bin at most', () => {
  const rows = 70_000
  const labels = Float32Array.from({ length: rows }, (_, row) => Number((row * 7919) % 5 < 2))
  const logits = Float32Array.from(
    { length: rows },
    (_, row) => 3 * Math.sin(row * 1.7) + labels[row]! - 0.5,
  )
  const found = over(auc(), () => ({
    labels: tf.tensor2d(labels, [rows, 1]),
    predictions: tf.tensor2d(logits, [rows, 1]),
    reading: { labels: 'yes-or-no', fromLogits: true } as const,
  }))
  const order = [...logits.keys()].sort((a, b) => logits[a]! - logits[b]!)
  const bins = new Map<number, { yes: number; no: number }>()
  let [below, won, all] = [0, 0, 0]
  for (const row of order) {
    const bin = Math.floor(logits[row]! * 128)
    const own = bins.get(bin) ?? { yes: 0, no: 0 }
    bins.set(bin, own)
    if (labels[row]) {
      won += below
      all++
      own.yes++
    } else {
      below++
      own.no++
    }
  }
  const pairs = all * below
  const within = [...bins.values()].reduce((sum, { yes, no }) => sum + yes * no, 0)
  const off = Math.abs(found - won / pairs)
  assert.ok(off <= within / pairs / 2 + 1e-6, `${off}, ${within / pairs / 2}`)
  assert.ok(within / pairs < 0.01)
})

test('samples of one class alone tell nothing apart, and nothing found is 0', () => {
  const outcome = () => ({
    labels: tf.zeros([20, 1]),
    predictions: tf.fill([20, 1], 0.2),
  })
  allClose([over(auc(), outcome)], [0.5])
  allClose(
    all({}).map((metric) => over(metric, outcome)),
    [0, 0, 0, 0],
  )
})

test('rows that a mask leaves out do not count', () => {
  const found = tf.tidy(() => {
    const metric = recall({ average: 'micro' })
    const added = metric.add({
      labels: tf.tensor1d([0, 1, 1], 'int32'),
      predictions: tf.tensor2d([
        [0.9, 0.1],
        [0.8, 0.2],
        [0.3, 0.7],
      ]),
      mask: tf.tensor1d([1, 0, 1]),
    })
    const sums = Object.entries(added).map(([name, each]) => [name, each.dataSync()])
    return metric.result(Object.fromEntries(sums))
  })
  allClose([found], [1])
})

test.run()
