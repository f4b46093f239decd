import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import {
  type ArraySamples,
  adam,
  adamw,
  type Layer,
  layers,
  Model,
  type Optimizer,
  rmsprop,
  sgd,
} from '../../src/index.ts'
import { sameWithin } from '../engines/differential.ts'
import { numbersOf } from '../support/tiny-models.ts'

const test = suite('optimizers over large tables')

/** So many that the rows which a batch picks are updated by themselves. */
const WORDS = 16_500

class Words extends Model {
  readonly words: Layer = layers.embedding({ inputDim: WORDS, outputDim: 16 })
  readonly head: Layer = layers.dense({ units: 2, activation: 'softmax' })

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(tf.mean(this.words.apply(x), 1))
  }
}

/** Texts of three words: the second batch picks some of the rows of the first, and some others. */
const texts: ArraySamples = {
  inputs: Float32Array.from({ length: 24 }, (_, at) => (at % 5 === 0 ? 7 : (at * 1777) % WORDS)),
  labels: Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1),
  length: 8,
  info: {
    inputShape: [3],
    labelShape: [],
    inputDtype: 'float32',
    inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  },
}

async function trained(optimizer: Optimizer, engine: string) {
  const model = new Words()
  model.seed = 3
  model.build([null, 3])
  model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
  await model.fit(texts, { batchSize: 4, shuffle: false, engine })
  const weights = numbersOf(model)
  model.dispose()
  return { weights }
}

for (const [name, make] of [
  ['adam', () => adam({ learningRate: 0.01 })],
  ['adamw with an average', () => adamw({ learningRate: 0.01, average: 0.9 })],
  ['adam with a bound on all gradients', () => adam({ globalClipNorm: 0.1 })],
  ['momentum', () => sgd({ learningRate: 0.1, momentum: 0.9 })],
  ['nesterov', () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['rmsprop', () => rmsprop({ learningRate: 0.01 })],
  ['rmsprop with momentum', () => rmsprop({ learningRate: 0.01, momentum: 0.5 })],
] as const) {
  test(`${name}: a table trains as in tfjs, in rows that are picked and in all others`, async () => {
    sameWithin(await trained(make(), 'onnxruntime'), await trained(make(), 'tfjs'))
  })
}

test.run()
