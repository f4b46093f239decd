import { refusal } from '@ashlar/test-support'
import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dice,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type Samples,
  sparseCategoricalCrossentropy,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('places that count')

/** Gives its logits, and what they come to, as they are. */
class Same extends Model {
  readonly scale: Layer = layers.dense({
    ...{ units: 3, useBias: false, kernelInitializer: 'identity' },
  })
  override call(x: tf.Tensor): tf.Tensor {
    return this.scale.apply(x)
  }
}

const logits = Float32Array.from({ length: 24 }, (_, at) => Math.sin(3 * at))

/** Two samples of four places. */
function samples(labels: Int32Array, ignoreIndex?: number): Samples {
  return {
    inputs: logits,
    labels,
    length: 2,
    info: infoOfFields({
      input: { shape: [4, 3], dtype: 'float32' },
      output: { shape: [4], dtype: 'int32', classes: ['a', 'b', 'c'], ignoreIndex },
    }),
  }
}

const sharesAt = (place: number): number[] => {
  const own = Array.from(logits.subarray(3 * place, 3 * place + 3), Math.exp)
  const sum = own.reduce((total, each) => total + each, 0)
  return own.map((each) => each / sum)
}

const labels = Int32Array.of(0, 2, 7, 7, 1, 7, 2, 0)
const counted = [0, 1, 4, 6, 7]

test('what the data says of its labels holds for the loss, the metrics and a loss that knows nothing of it', async () => {
  const mean =
    -counted.reduce((sum, at) => sum + Math.log(sharesAt(at)[labels[at]!]!), 0) / counted.length
  const isRight = (at: number) => sharesAt(at)[labels[at]!] === Math.max(...sharesAt(at))
  for (const engine of ['tfjs', 'onnxruntime']) {
    for (const loss of [
      sparseCategoricalCrossentropy({ fromLogits: true }),
      sparseCategoricalCrossentropy({ fromLogits: true, ignoreIndex: 7 }),
      'auto',
    ]) {
      const model = new Same()
      model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] })
      const found = await model.evaluate(samples(labels, 7), { engine })
      allClose([found.loss!], [mean], { relative: 1e-5 })
      allClose([found.accuracy!], [counted.filter(isRight).length / 5], { relative: 1e-6 })
      model.dispose()
    }
  }
})

test('dice is of whole samples, without the places that do not count', async () => {
  const ofSample = (first: number) => {
    const own = counted.filter((at) => at >= first && at < first + 4)
    const parts = [0, 1, 2].map((kind) => {
      const shares = own.map((at) => sharesAt(at)[kind]!)
      const both = own.reduce((sum, at, i) => sum + (labels[at] === kind ? shares[i]! : 0), 0)
      const all =
        own.filter((at) => labels[at] === kind).length + shares.reduce((sum, one) => sum + one, 0)
      return (2 * both + 1) / (all + 1)
    })
    const entropy = -own.reduce((sum, at) => sum + Math.log(sharesAt(at)[labels[at]!]!), 0)
    return (1 - parts.reduce((sum, each) => sum + each, 0) / 3) / 2 + entropy / own.length / 2
  }
  const model = new Same()
  const loss = dice({ fromLogits: true, crossEntropy: 0.5 })
  model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] })
  const found = await model.evaluate(samples(labels, 7), { engine: 'onnxruntime' })
  allClose([found.loss!], [(ofSample(0) + ofSample(4)) / 2], { relative: 1e-5 })
  model.dispose()
})

test('a loss that was told another label than the data is refused before training', async () => {
  const model = new Same()
  const loss = sparseCategoricalCrossentropy({ fromLogits: true, ignoreIndex: -1 })
  model.compile({ optimizer: 'sgd', loss })
  const expected =
    'loss: `ignoreIndex` of sparse-categorical-crossentropy must be that of the data, whose label for what does not count is 7, got -1'
  for (const run of [
    () => model.fit(samples(labels, 7)),
    () => model.evaluate(samples(labels, 7)),
  ]) {
    assert.is((await refusal(run)).split('\n')[0], expected)
  }
  model.dispose()
})

test('of places each class counts by its own weight, and balanced ones leave out what does not count', async () => {
  // scikit-learn's rule over the five places that count: n / (classes * count).
  const balanced = [5 / (3 * 2), 5 / 3, 5 / (3 * 2)]
  const weighted = (weights: readonly number[], at: number) =>
    -weights[labels[at]!]! * Math.log(sharesAt(at)[labels[at]!]!)
  for (const [given, weights] of [
    ['balanced', balanced],
    [
      [1, 5, 0],
      [1, 5, 0],
    ],
  ] as const) {
    const model = new Same()
    model.compile({ optimizer: 'sgd', loss: sparseCategoricalCrossentropy({ fromLogits: true }) })
    const history = await model.fit(samples(labels, 7), { classWeights: given, batchSize: 2 })
    const mean = counted.reduce((sum, at) => sum + weighted(weights, at), 0) / counted.length
    allClose([history.metrics.loss![0]!], [mean], { relative: 1e-5 })
    model.dispose()
  }
  const all = Int32Array.of(0, 2, 1, 1, 1, 0, 2, 0)
  const model = new Same()
  model.compile({ optimizer: 'sgd', loss: sparseCategoricalCrossentropy({ fromLogits: true }) })
  const history = await model.fit(samples(all), { classWeights: [1, 5, 0], batchSize: 2 })
  const mean = [...all].reduce(
    (sum, label, at) => sum - ([1, 5, 0][label]! * Math.log(sharesAt(at)[label]!)) / 8,
    0,
  )
  allClose([history.metrics.loss![0]!], [mean], { relative: 1e-5 })
  model.dispose()
})

test.run()
