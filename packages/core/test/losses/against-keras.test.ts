import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import {
  absoluteError,
  accumulatorsOf,
  auc,
  averagePrecision,
  binaryFocal,
  calibrationError,
  categoricalHinge,
  contrastive,
  cosineSimilarity,
  dice,
  focal,
  hinge,
  klDivergence,
  type Loss,
  type Metric,
  type Outcome,
  perplexity,
  r2Score,
  topK,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('losses and metrics, by the numbers of Keras, PyTorch and scikit-learn')

const [ROWS, CLASSES] = [40, 4]

/** Numbers that any language makes alike. */
const wave = (at: number, phase: number) => Math.sin(at * 12.9898 + phase) * 1.5
const table = (of: (at: number) => number) =>
  Array.from({ length: ROWS * CLASSES }, (_, at) => of(at))

const logits = table((at) => wave(at, 0.3))
const classes = Array.from({ length: ROWS }, (_, row) => (row * 7 + Math.floor(row / 3)) % CLASSES)
const answers = table((at) => (wave(at, 1.7) > 0.2 ? 1 : 0))
const targets = table((at) => wave(at, 2.2) + 0.5 * logits[at]!)

const shape: [number, number] = [ROWS, CLASSES]
const given = () => tf.tensor2d(logits, shape)
const shares = () => tf.softmax(given())
const indices = () => tf.tensor1d(classes, 'int32')
const yesOrNo = { labels: 'yes-or-no', fromLogits: true } as const

/** What each gives, and what the others do. */
const LOSSES: readonly (readonly [Loss, () => Outcome, number])[] = [
  [focal(), () => ({ labels: indices(), predictions: shares() }), 0.2383036],
  [
    focal({ gamma: 1.5, alpha: 0.4, fromLogits: true }),
    () => ({ labels: indices(), predictions: given() }),
    0.4248776,
  ],
  [
    binaryFocal({ fromLogits: true }),
    () => ({ labels: tf.tensor2d(answers, shape), predictions: given() }),
    0.3181583,
  ],
  [
    klDivergence(),
    () => {
      const predictions = shares()
      const labels = tf.concat([predictions.slice([ROWS - 1]), predictions.slice([0], [ROWS - 1])])
      return { labels, predictions }
    },
    0.2428411,
  ],
  [hinge(), () => ({ labels: tf.tensor2d(answers, shape), predictions: given() }), 0.9487392],
  [categoricalHinge(), () => ({ labels: indices(), predictions: given() }), 1.7431824],
  [
    cosineSimilarity(),
    () => ({ labels: tf.tensor2d(targets, shape), predictions: given() }),
    -0.1785266,
  ],
  [
    contrastive(),
    () => ({ labels: tf.tensor2d(answers, shape), predictions: tf.abs(given()) }),
    0.5296122,
  ],
  [
    dice(),
    () => ({
      labels: tf.tensor2d(classes, [2, 20], 'int32'),
      predictions: tf.reshape(shares(), [2, 20, CLASSES]),
    }),
    0.6867879,
  ],
]

for (const [loss, outcome, expected] of LOSSES) {
  test(`loss ${loss.name}`, () => {
    tf.tidy(() => {
      allClose([tf.mean(loss.perSample(outcome())).dataSync()[0]!], [expected], { relative: 1e-5 })
    })
  })
}

const METRICS: readonly (readonly [Metric, () => Outcome, number, number])[] = [
  [
    r2Score(),
    () => ({ labels: tf.tensor2d(targets, shape), predictions: given() }),
    -0.6749189,
    1e-5,
  ],
  [
    absoluteError(),
    () => ({ labels: tf.tensor2d(targets, shape), predictions: given() }),
    1.1869553,
    1e-5,
  ],
  [auc(), () => ({ labels: indices(), predictions: shares() }), 0.495468, 2e-6],
  [averagePrecision(), () => ({ labels: indices(), predictions: shares() }), 0.2810983, 1e-6],
  [
    averagePrecision(),
    () => ({ labels: tf.tensor2d(answers, shape), predictions: given(), reading: yesOrNo }),
    0.5416117,
    1e-6,
  ],
  [topK({ k: 2 }), () => ({ labels: indices(), predictions: shares() }), 0.5, 1e-6],
  [perplexity(), () => ({ labels: indices(), predictions: shares() }), 4.5149872, 1e-5],
  [calibrationError(), () => ({ labels: indices(), predictions: shares() }), 0.145378, 1e-5],
]

for (const [metric, outcome, expected, relative] of METRICS) {
  test(`metric ${metric.name} (${expected})`, () => {
    tf.tidy(() => {
      const found = outcome()
      const added = metric.add(found)
      accumulatorsOf(metric, () => found.predictions.shape.slice(1))
      const sums = Object.entries(added).map(([name, sum]) => [name, sum.dataSync()])
      allClose([metric.result(Object.fromEntries(sums))], [expected], { relative })
    })
  })
}

test.run()
