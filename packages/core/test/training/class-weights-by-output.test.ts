import { refusal } from '@ashlar/test-support'
import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ClassWeightsByOutput,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type Samples,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('class weights by output')

/** Logits of three kinds, whether it is sold, and a price. */
class Heads extends Model {
  readonly kind: Layer = layers.dense({ units: 3, name: 'kind' })
  readonly sold: Layer = layers.dense({ units: 1, activation: 'sigmoid', name: 'sold' })
  readonly price: Layer = layers.dense({ units: 1, name: 'price' })
  override call(x: tf.Tensor): Record<string, tf.Tensor> {
    return { kind: this.kind.apply(x), sold: this.sold.apply(x), price: this.price.apply(x) }
  }
}

class Plain extends Model {
  readonly dense: Layer = layers.dense({ units: 3 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(x)
  }
}

const LENGTH = 8
const kinds = Int32Array.of(0, 0, 0, 0, 1, 1, 2, 0)
const sold = Int32Array.of(1, 0, 0, 0, 0, 0, 0, 1)
const prices = Float32Array.from({ length: LENGTH }, (_, row) => row / 4)

const samples: Samples = {
  inputs: Float32Array.from({ length: 2 * LENGTH }, (_, at) => Math.cos(2 * at)),
  labels: { kind: kinds, sold, price: prices },
  length: LENGTH,
  info: infoOfFields({
    input: { shape: [2], dtype: 'float32' },
    outputs: {
      kind: { shape: [], dtype: 'int32', classes: ['a', 'b', 'c'] },
      sold: { shape: [], dtype: 'int32', classes: ['no', 'yes'] },
      price: { shape: [], dtype: 'float32' },
    },
  }),
}

function compiled(): Model {
  const model = new Heads()
  model.compile({
    optimizer: 'sgd',
    loss: { kind: 'auto', sold: 'auto', price: 'mse' },
    lossWeights: { price: 0.5 },
  })
  return model
}

/** The losses of one batch of all samples, by hand, in double precision. */
async function byHand(
  model: Model,
  weights: { kind?: readonly number[]; sold?: readonly number[] },
): Promise<Record<string, number>> {
  const { outputs } = await model.predict(samples)
  const sums = { kind: 0, sold: 0, price: 0 }
  for (let row = 0; row < LENGTH; row++) {
    const logits = [...outputs!.kind!.data.subarray(3 * row, 3 * row + 3)]
    const total = logits.reduce((sum, each) => sum + Math.exp(each), 0)
    const own = kinds[row]!
    sums.kind += (weights.kind?.[own] ?? 1) * -Math.log(Math.exp(logits[own]!) / total)
    const share = outputs!.sold!.data[row]!
    const said = sold[row]! === 1 ? share : 1 - share
    sums.sold += (weights.sold?.[sold[row]!] ?? 1) * -Math.log(said)
    sums.price += (outputs!.price!.data[row]! - prices[row]!) ** 2
  }
  const [kind, yes, price] = [sums.kind, sums.sold, sums.price].map((sum) => sum / LENGTH)
  return {
    kind_loss: kind!,
    sold_loss: yes!,
    price_loss: price!,
    loss: kind! + yes! + price! / 2,
  }
}

/** n / (classes * count), as scikit-learn's compute_class_weight('balanced') has it. */
const BALANCED = {
  kind: [8 / (3 * 5), 8 / (3 * 2), 8 / 3],
  sold: [8 / (2 * 6), 8 / (2 * 2)],
}

for (const [name, given, expected] of [
  ['balanced for both', { kind: 'balanced', sold: 'balanced' }, BALANCED],
  ['for one of them', { sold: 'balanced' }, { sold: BALANCED.sold }],
  ['numbers', { kind: [1, 0, 4], sold: [0.5, 2] }, { kind: [1, 0, 4], sold: [0.5, 2] }],
  ['none', {}, {}],
] as const) {
  test(`losses and their sum are those of a computation by hand: ${name}`, async () => {
    for (const engine of ['tfjs', 'onnxruntime']) {
      const model = compiled()
      model.build([null, 2])
      const wanted = await byHand(model, expected)
      const history = await model.fit(samples, {
        ...{ batchSize: LENGTH, shuffle: false, engine },
        classWeights: given as ClassWeightsByOutput,
      })
      for (const [key, value] of Object.entries(wanted)) {
        allClose([history.metrics[key]![0]!], [value], { relative: 1e-5 })
      }
      model.dispose()
    }
  })
}

test('what cannot be meant is refused before training', async () => {
  const said = async (classWeights: unknown) => {
    const model = compiled()
    try {
      return await refusal(() =>
        model.fit(samples, { classWeights: classWeights as ClassWeightsByOutput }),
      )
    } finally {
      model.dispose()
    }
  }
  assert.is(
    await said('balanced'),
    'fit: `classWeights` must be by output where there are several: kind, sold, price, got "balanced"\n  { kind: balanced }',
  )
  assert.match(await said({ kinds: 'balanced' }), /^fit: .*kinds/)
  assert.match(
    await said({ price: 'balanced' }),
    /^fit: `classWeights` are for outputs of classes, and price gives numbers to mean-squared-error/,
  )
  assert.match(
    await said({ kind: [1, 2] }),
    /^classWeights: there must be a weight for each of the 3 classes/,
  )
  assert.match(await said({ kind: [1, -2, 1] }), /`classWeights` must be numbers from 0 on/)
  const one = new Plain()
  one.compile({ optimizer: 'sgd', loss: 'auto' })
  const plain: Samples = {
    ...{ inputs: samples.inputs as Float32Array, labels: kinds, length: LENGTH },
    info: infoOfFields({
      input: { shape: [2], dtype: 'float32' },
      output: { shape: [], dtype: 'int32', classes: ['a', 'b', 'c'] },
    }),
  }
  assert.match(
    await refusal(() => one.fit(plain, { classWeights: { kind: 'balanced' } })),
    /^fit: `classWeights` of a model of one output must be numbers in the order of the classes, or "balanced"/,
  )
  one.dispose()
})

test.run()
