import { readFile } from 'node:fs/promises'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asModel, layers, samplesOf, sgd } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

await tf.setBackend('cpu')

/** What Keras 3 computes with its defaults, see fixtures/keras_recurrent.py. */
interface Case {
  readonly shapes: readonly (readonly number[])[]
  readonly weights: readonly (readonly number[])[]
  /** The first bias of an LSTM that nobody has trained. */
  readonly bias: readonly number[] | null
  readonly x: { readonly shape: number[]; readonly data: number[] }
  readonly y: { readonly shape: number[]; readonly data: number[] }
  readonly target: number[]
  /** The weights after a step of gradient descent at a rate of 0.5 on the mean squared error. */
  readonly trained: readonly (readonly number[])[]
}

const fixture = new URL('../fixtures/keras-recurrent.json', import.meta.url)
const cases: Readonly<Record<string, Case>> = JSON.parse(await readFile(fixture, 'utf8'))

const made: Readonly<Record<string, (input: object) => tf.layers.Layer>> = {
  lstm: (input) => layers.lstm({ units: 3, ...input }),
  gru: (input) => layers.gru({ units: 3, ...input }),
  'gru with sequences': (input) => layers.gru({ units: 3, returnSequences: true, ...input }),
  'gru backwards': (input) => layers.gru({ units: 3, goBackwards: true, ...input }),
  'gru without biases': (input) => layers.gru({ units: 3, useBias: false, ...input }),
  'gru that resets before': (input) => layers.gru({ units: 3, resetAfter: false, ...input }),
  simpleRNN: (input) => layers.simpleRNN({ units: 3, ...input }),
  'bidirectional gru': (input) =>
    layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, ...input } as never),
  'stacked cells': (input) =>
    layers.rnn({
      cell: [layers.gruCell({ units: 3 }), layers.lstmCell({ units: 2 })],
      ...input,
    } as never),
  convLstm2d: (input) => layers.convLstm2d({ filters: 2, kernelSize: 2, ...input }),
}

const test = suite("recurrent layers with Keras's defaults")

test('each case of the fixture is tried', () => {
  assert.equal(Object.keys(made).sort(), Object.keys(cases).sort())
})

for (const [name, { shapes, weights, bias, x, y, target, trained }] of Object.entries(cases)) {
  const make = () =>
    tf.sequential({ layers: [made[name]!({ inputShape: x.shape.slice(1) })] }) as tf.Sequential
  const withWeights = () => {
    const network = make()
    network.setWeights(weights.map((each, index) => tf.tensor([...each], [...shapes[index]!])))
    return network
  }

  test(`${name}: Keras's numbers`, () => {
    const network = withWeights()
    const output = network.predict(tf.tensor(x.data, x.shape)) as tf.Tensor
    assert.equal(output.shape, y.shape)
    allClose(output.dataSync(), y.data, { absolute: 2e-6 })
  })

  test(`${name}: its configuration makes the same layer again`, async () => {
    const network = withWeights()
    const copy = (await tf.models.modelFromJSON(
      network.toJSON(null, false) as never,
    )) as tf.LayersModel
    copy.setWeights(network.getWeights())
    const output = copy.predict(tf.tensor(x.data, x.shape)) as tf.Tensor
    allClose(output.dataSync(), y.data, { absolute: 2e-6 })
  })

  if (bias !== null) {
    test(`${name}: forgets nothing at first, as Keras has it`, () => {
      allClose(make().getWeights()[2]!.dataSync(), [...bias])
    })
  }

  for (const engine of ['tfjs', 'onnxruntime'] as const) {
    test(`${name}: learns in a step what Keras learns, on ${engine}`, async () => {
      const network = withWeights()
      const model = asModel(network)
      model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'mean-squared-error' })
      const data = await samplesOf(tf.tensor(x.data, x.shape), tf.tensor(target, y.shape))
      await model.fit(data, { epochs: 1, batchSize: x.shape[0], engine, shuffle: false })
      for (const [index, weight] of network.getWeights().entries()) {
        allClose(weight.dataSync(), [...trained[index]!], { absolute: 5e-6 })
      }
    })
  }
}

test('a GRU that resets after drops the same of every step in training, and nothing else', () => {
  const options = { units: 40, dropout: 0.5, recurrentDropout: 0.5, returnSequences: true }
  // The candidate alone: the update gate is shut.
  const layer = layers.gru({ ...options, activation: 'linear', recurrentInitializer: 'zeros' })
  const x = tf.ones([2, 3, 40])
  layer.apply(x)
  const kernel = tf.concat([tf.zeros([40, 80]), tf.eye(40)], 1)
  const bias = tf.concat([tf.fill([2, 40], -100), tf.zeros([2, 80])], 1)
  layer.setWeights([kernel, tf.zeros([40, 120]), bias])
  allClose(layer.apply(x).dataSync(), Array(240).fill(1))
  const [first, second] = [0, 1].map(() => layer.apply(x, { training: true }) as tf.Tensor)
  const steps = tf.unstack(first!, 1).map((each) => [...each.dataSync()])
  assert.equal(steps[1], steps[0])
  assert.equal(steps[2], steps[0])
  assert.equal([...new Set(steps[0])].sort(), [0, 2])
  assert.not.equal([...second!.dataSync()], [...first!.dataSync()])
})

test.run()
