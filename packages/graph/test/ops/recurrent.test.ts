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

// tfjs has no such GRU: its numbers are computed here, in float64.
for (const goBackwards of [false, true]) {
  for (const useBias of [true, false]) {
    test(`GRU that resets after, ${JSON.stringify({ goBackwards, useBias })}`, async () => {
      const of = (name: string, ...shape: number[]) => {
        const data = numbers({ shape }, name) as Float32Array
        return {
          data,
          shape,
          at: (row: number, column: number) => data[row * shape.at(-1)! + column]!,
        }
      }
      const kernel = of('kernel', features, 3 * units)
      const recurrentKernel = of('recurrentKernel', units, 3 * units)
      const bias = of('bias', 2, 3 * units)
      const h = of('h', batch, units)
      const x = numbers({ shape: [batch, time, features] }, 'x') as Float32Array
      const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))
      const steps = new Float64Array(batch * time * units)
      const states = Float64Array.from(h.data)
      for (let row = 0; row < batch; row++) {
        for (let step = 0; step < time; step++) {
          const at = goBackwards ? time - 1 - step : step
          const before = states.slice(row * units, (row + 1) * units)
          const sum = (column: number, ofState: boolean) => {
            let total = useBias ? bias.at(ofState ? 1 : 0, column) : 0
            if (ofState)
              for (let i = 0; i < units; i++) total += before[i]! * recurrentKernel.at(i, column)
            else
              for (let i = 0; i < features; i++)
                total += x[(row * time + at) * features + i]! * kernel.at(i, column)
            return total
          }
          for (let unit = 0; unit < units; unit++) {
            const update = sigmoid(sum(unit, false) + sum(unit, true))
            const reset = sigmoid(sum(units + unit, false) + sum(units + unit, true))
            const candidate = Math.tanh(
              sum(2 * units + unit, false) + reset * sum(2 * units + unit, true),
            )
            const next = update * before[unit]! + (1 - update) * candidate
            states[row * units + unit] = next
            steps[(row * time + at) * units + unit] = next
          }
        }
      }
      const attrs = {
        activation: 'tanh',
        recurrentActivation: 'sigmoid',
        goBackwards,
        resetAfter: true,
      }
      const { results } = await runCaptured(
        (inputs) => {
          const given = Object.entries({ kernel, recurrentKernel, h, ...(useBias && { bias }) })
          const tensors = given.map(([name, { data, shape }]) => [name, tf.tensor(data, shape)])
          const all = { ...inputs, ...Object.fromEntries(tensors) } as never
          const [y, last] = tf.engine().runKernel('GRU', all, attrs) as unknown as tf.Tensor[]
          return { y: y!, last: last! }
        },
        { x: { shape: [batch, time, features] } },
        portableTarget(),
      )
      closeTo(results.y!, steps, 1e-5)
      closeTo(results.last!, states, 1e-5)
    })
  }
}

test.run()
