import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adam, byLayer, layers, Model, sgd, tfjsEngine, unfreeze } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('layers that are trained each in their own way')

class Net extends Model {
  readonly stem = layers.dense({ units: 5, activation: 'tanh' })
  readonly head = layers.dense({ units: 2 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.stem.apply(x))
  }
}

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.3 + seed))

function made(): Net {
  const net = new Net()
  net.build([null, 3])
  return net
}

const valuesOf = (net: Net) =>
  new Map(net.namedWeights().map(({ name, variable }) => [name, Array.from(variable.dataSync())]))

async function trained(
  optimizer: ReturnType<typeof sgd>,
  options: object = {},
): Promise<{ before: Map<string, number[]>; after: Map<string, number[]>; net: Net }> {
  const net = made()
  const before = valuesOf(net)
  const [x, y] = [tf.tensor(numbers(24, 1), [8, 3]), tf.tensor(numbers(16, 2), [8, 2])]
  net.compile({ optimizer, loss: 'mse', metrics: [] })
  await net.fit(x, y, { epochs: 1, batchSize: 8, shuffle: false, ...options })
  tf.dispose([x, y])
  return { before, after: valuesOf(net), net }
}

for (const [name, make] of [
  ['sgd', () => sgd({ learningRate: 0.1 })],
  ['adam', () => adam({ learningRate: 0.01 })],
] as const) {
  test(`${name}: a step of a layer is as long as its rate says, from the innermost pattern that comes first`, async () => {
    const { before, after } = await trained(make())
    const rates = { 'he*': 0.5, '**': 0.25 }
    const { after: slow } = await trained(byLayer(make(), rates))
    for (const [weight, values] of after) {
      const rate = weight.startsWith('head') ? 0.5 : 0.25
      const expected = values.map(
        (value, at) => before.get(weight)![at]! * (1 - rate) + value * rate,
      )
      allClose(slow.get(weight)!, expected)
    }
  })
}

test('a rate of 0 leaves a layer alone, and layers without a pattern go their way', async () => {
  const { before, after } = await trained(byLayer(sgd({ learningRate: 0.1 }), { stem: 0 }))
  assert.equal(after.get('stem.kernel'), before.get('stem.kernel'))
  assert.not.equal(after.get('head.kernel'), before.get('head.kernel'))
})

test('refuses a rate that is none', () => {
  assert.throws(
    () => byLayer(sgd(), { stem: -1 }),
    /^byLayer, "stem": a rate must be a number from 0 on, got -1$/,
  )
})

for (const engine of [undefined, tfjsEngine()]) {
  test(`layers are thawed at their epochs, with the engine ${engine?.name ?? 'by default'}`, async () => {
    const seen: string[][] = []
    const callbacks = [
      unfreeze({ groups: [['stem']], from: 2 }),
      {
        name: 'look',
        onEpochEnd(_: unknown, run: { sync(): void; model: unknown }) {
          run.sync()
          seen.push(
            valuesOf(run.model as Net)
              .get('stem.kernel')!
              .map(String),
          )
        },
      },
    ]
    const { before } = await trained(sgd({ learningRate: 0.1 }), {
      epochs: 4,
      callbacks,
      ...(engine && { engine }),
    })
    const start = before.get('stem.kernel')!.map(String)
    assert.equal(
      seen.map((each) => each.join() === start.join()),
      [true, true, false, false],
    )
  })
}

test('a group that no layer has is refused, with the closest', async () => {
  try {
    await trained(sgd(), { callbacks: [unfreeze({ groups: [['stam']] })] })
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /got "stam"\n {2}Did you mean "stem"\?/)
  }
})

test.run()
