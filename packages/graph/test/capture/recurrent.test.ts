import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'
import { closeTo } from '../support/close-to.ts'
import { numbers } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('training recurrent and other layers of tfjs')

const rnn = { units: 3, returnSequences: false } as const

const stacks: Readonly<Record<string, () => tf.layers.Layer[]>> = {
  LSTM: () => [tf.layers.lstm(rnn)],
  GRU: () => [tf.layers.gru(rnn)],
  'a simple recurrent layer': () => [tf.layers.simpleRNN(rnn)],
  'an LSTM both ways': () => [
    tf.layers.bidirectional({ layer: tf.layers.lstm(rnn) as tf.RNN, mergeMode: 'concat' }),
  ],
  'two LSTMs': () => [tf.layers.lstm({ ...rnn, returnSequences: true }), tf.layers.lstm(rnn)],
  'the same layer at each step': () => [
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3, activation: 'tanh' }) }),
    tf.layers.globalAveragePooling1d({}),
  ],
  'a convolution over time': () => [
    tf.layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tf.layers.globalMaxPooling1d({}),
  ],
  'layer normalisation': () => [tf.layers.layerNormalization(), tf.layers.flatten()],
}

for (const [name, layers] of Object.entries(stacks)) {
  test(`${name}: one step of gradient descent is tfjs's own`, async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [5, 4] }),
        ...layers(),
        tf.layers.dense({ units: 1 }),
      ],
    })
    const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
    const variables = Object.fromEntries(weights.map((weight, index) => [`w${index}`, weight]))
    const step = ({ x }: Record<string, tf.Tensor>) => {
      const loss = () =>
        (model.apply(x!, { training: true }) as tf.Tensor).square().mean() as tf.Scalar
      const { value, grads } = tf.variableGrads(loss, weights)
      for (const weight of weights) weight.assign(weight.sub(grads[weight.name]!.mul(0.1)))
      return { loss: value }
    }
    const shape = [3, 5, 4]
    const data = numbers({ shape }, 'x') as Float32Array
    const state = new StateStore(variables)
    const graph = capture(step, { inputs: { x: { shape, dtype: 'float32' } }, variables })
    const program = await compile(graph, { state })
    const { loss } = await program.run({ x: data })
    const expected = tf.tidy(() => step({ x: tf.tensor(data, shape) }).loss.dataSync()[0]!)
    closeTo([loss![0]!], [expected], 1e-5)
    for (const [key, variable] of Object.entries(variables)) {
      closeTo(state.get(key), variable.dataSync(), 1e-5)
    }
    assert.ok(weights.length >= 2)
    await program.dispose()
    model.dispose()
  })
}

test.run()
