import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import type { RecurrentActivation } from '../../src/ops/recurrent.ts'
import { closeTo } from '../support/close-to.ts'
import { numbers, runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('recurrent kernels')

const [batch, time, features, units] = [2, 4, 3, 5]

interface Layer {
  readonly kernel: string
  readonly gates: number
  readonly states: readonly string[]
  make(options: object): tf.layers.Layer
}

const layers: readonly Layer[] = [
  { kernel: 'LSTM', gates: 4, states: ['h', 'c'], make: (each) => tf.layers.lstm(each as never) },
  { kernel: 'GRU', gates: 3, states: ['h'], make: (each) => tf.layers.gru(each as never) },
  {
    kernel: 'SimpleRNN',
    gates: 1,
    states: ['h'],
    make: (each) => tf.layers.simpleRNN(each as never),
  },
]

interface Options {
  readonly activation?: RecurrentActivation
  readonly recurrentActivation?: RecurrentActivation
  readonly goBackwards?: boolean
  readonly useBias?: boolean
  /** Whether states are given; else they are zeros. */
  readonly isGiven?: boolean
}

const activations: readonly RecurrentActivation[] = [
  'tanh',
  'sigmoid',
  'hardSigmoid',
  'relu',
  'linear',
  'elu',
  'softsign',
]

const cases: readonly Options[] = [
  ...activations.map((activation) => ({ activation })),
  ...activations.map((recurrentActivation) => ({ recurrentActivation })),
  { activation: 'linear', recurrentActivation: 'hardSigmoid' },
  { goBackwards: true },
  { useBias: false },
  { isGiven: true },
  { isGiven: true, useBias: false, goBackwards: true },
]

async function check({ kernel, gates, states, make }: Layer, options: Options): Promise<void> {
  const { activation = 'tanh', recurrentActivation = 'hardSigmoid', goBackwards = false } = options
  const { useBias = true, isGiven = false } = options
  const shapes = {
    x: [batch, time, features],
    kernel: [features, gates * units],
    recurrentKernel: [units, gates * units],
    bias: [gates * units],
  }
  const weights = Object.entries(shapes)
    .slice(1, useBias ? 4 : 3)
    .map(([name, shape]) => [name, tf.tensor(numbers({ shape }, name) as Float32Array, shape)])
  const initial = states.map((name) => {
    const state = tf.tensor(numbers({ shape: [batch, units] }, name) as Float32Array, [
      batch,
      units,
    ])
    return isGiven ? state : tf.zerosLike(state)
  })
  const layer = make({
    units,
    activation,
    ...(gates > 1 && { recurrentActivation }),
    goBackwards,
    useBias,
    returnSequences: true,
    returnState: true,
  })
  layer.build([batch, time, features])
  layer.setWeights(weights.map(([, tensor]) => tensor as tf.Tensor))
  const x = tf.tensor(numbers({ shape: shapes.x }, 'x') as Float32Array, shapes.x)
  const expected = layer.call(x, { initialState: initial }) as tf.Tensor[]
  // tfjs gives the steps in the order in which it took them.
  if (goBackwards) expected[0] = tf.reverse(expected[0]!, 1)
  const attrs = { activation, recurrentActivation, goBackwards }
  const { results } = await runCaptured(
    (inputs) => {
      const given = Object.fromEntries([
        ...weights,
        ...states.map((name, index) => [name, isGiven ? initial[index] : tf.zeros([batch, units])]),
      ])
      const outputs = tf.engine().runKernel(kernel, { ...inputs, ...given } as never, attrs)
      return Object.fromEntries(
        (outputs as unknown as tf.Tensor[]).map((output, index) => [`y${index}`, output]),
      )
    },
    { x: { shape: shapes.x } },
    portableTarget(),
  )
  assert.is(expected.length, 1 + states.length)
  for (const [index, tensor] of expected.entries()) {
    closeTo(results[`y${index}`]!, tensor.dataSync() as Float32Array, 1e-5)
  }
}

for (const layer of layers) {
  for (const options of cases) {
    test(`${layer.kernel} ${JSON.stringify(options)}`, () => check(layer, options))
  }
}

test.run()
