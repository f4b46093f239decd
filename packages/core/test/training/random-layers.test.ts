import { refusal, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  type Callback,
  type Loss,
  layers,
  type Metric,
  Model,
  meanMetric,
  sgd,
} from '../../src/index.ts'

const { test, slow } = tieredSuite('random numbers in training')

const SIZE = 400

type Draw = ((x: Tensor) => Tensor) | { apply(x: Tensor): Tensor }

/** Its output is what each of `draws` makes of ones, side by side. */
class Drawing extends Model {
  readonly idle = layers.dense({ units: 1 })
  readonly draws: readonly Draw[]

  constructor(...draws: readonly Draw[]) {
    super()
    this.draws = draws
  }

  override call(x: Tensor): Tensor {
    const zero = tf.mul(this.idle.apply(x), 0)
    const ones = tf.ones([x.shape[0]!, SIZE])
    const drawn = this.draws.map((draw) =>
      typeof draw === 'function' ? draw(ones) : draw.apply(ones),
    )
    return tf.add(tf.concat(drawn, 1), zero)
  }
}

const mean: Loss = { name: 'mean', perSample: ({ predictions }) => tf.mean(predictions, 1) }

/** The mean of a power of the numbers of one draw. */
function moment(name: string, place: number, power: number): Metric {
  return meanMetric(`${name} ${power}`, ({ predictions }) => {
    const own = tf.slice(predictions, [0, place * SIZE], [-1, SIZE])
    return tf.mean(power === 1 ? own : tf.square(own), 1)
  })
}

/** What was drawn in each step of five samples, and over all of them, by kind. */
async function moments(engine: string, seed: number) {
  const names = Object.keys(KINDS)
  const model = new Drawing(...names.map((name) => KINDS[name]![0]()))
  const metrics = names.flatMap((name, at) => [moment(name, at, 1), moment(name, at, 2)])
  model.compile({ optimizer: sgd({ learningRate: 0 }), loss: mean, metrics })
  const steps: Record<string, number>[] = []
  const log: Callback = { name: 'log', onBatchEnd: (_, run) => void steps.push(run.metrics()) }
  const [x, y] = [tf.ones([31, 1]), tf.zeros([31, 1])]
  // A last batch of one sample.
  const history = await model.fit(x, y, { engine, seed, batchSize: 5, callbacks: [log] })
  tf.dispose([x, y])
  model.dispose()
  const found = names.map((name) => {
    const sums = steps.map((step, index) => step[`${name} 1`]! * Math.min(31, 5 * (index + 1)))
    const single = sums.slice(0, -1).map((sum, index) => (sum - (sums[index - 1] ?? 0)) / 5)
    const square = history.metrics[`${name} 2`]![0]!
    return [name, { steps: single, square }] as const
  })
  return Object.fromEntries(found)
}

/** What is drawn, its mean and variance, and where it differs from tfjs's own. */
const KINDS: Readonly<Record<string, readonly [make: () => Draw, mean: number, variance: number]>> =
  {
    'tf.randomUniform': [() => (x) => tf.randomUniform(x.shape, -1, 2), 0.5, 9 / 12],
    'tf.randomUniform int32': [
      () => (x) => tf.cast(tf.randomUniform(x.shape, 0, 5, 'int32'), 'float32'),
      ...([2, 2] as const),
    ],
    'tf.randomUniformInt': [
      () => (x) => tf.cast(tf.randomUniformInt(x.shape, 1, 3), 'float32'),
      ...([1.5, 0.25] as const),
    ],
    'tf.randomNormal': [() => (x) => tf.randomNormal(x.shape, 1, 3), 1, 9],
    'tf.randomStandardNormal': [() => (x) => tf.randomStandardNormal(x.shape), 0, 1],
    'tf.truncatedNormal': [() => (x) => tf.truncatedNormal(x.shape, 1, 2), 1, 4 * 0.7737413],
    'tf.multinomial': [
      () => (x) => {
        const logits = tf.tile(tf.log(tf.tensor2d([[0.2, 0.3, 0.5]])), [
          x.shape[0]!,
          1,
        ]) as tf.Tensor2D
        return tf.cast(tf.multinomial(logits, SIZE), 'float32')
      },
      ...([1.3, 0.61] as const),
    ],
    'tf.dropout': [() => (x) => tf.dropout(x, 0.2), 1, 0.25],
    dropout: [() => layers.dropout({ rate: 0.5 }), 1, 1],
    'dropout with a seed': [() => layers.dropout({ rate: 0.5, seed: 7 }), 1, 1],
    gaussianNoise: [() => layers.gaussianNoise({ stddev: 0.5 }), 1, 0.25],
    gaussianDropout: [() => layers.gaussianDropout({ rate: 0.5 }), 1, 1],
    // Of ones: kept they are a + b, else a * alpha' + b; mean and variance of its definition.
    alphaDropout: [() => layers.alphaDropout({ rate: 0.1 }), ...alphaMoments(0.1)],
  }

function alphaMoments(rate: number): [number, number] {
  const p = -1.6732632423543772 * 1.0507009873554805
  const a = ((1 - rate) * (1 + rate * p ** 2)) ** -0.5
  const b = -a * p * rate
  const [kept, dropped] = [a + b, a * p + b]
  const center = (1 - rate) * kept + rate * dropped
  return [center, (1 - rate) * (kept - center) ** 2 + rate * (dropped - center) ** 2]
}

for (const [engine, declare] of [
  ['onnxruntime', test],
  ['tfjs', slow],
] as const) {
  declare(
    `${engine}: all kinds are drawn anew in each step, and repeat with the seed`,
    async () => {
      const first = await moments(engine, 3)
      const other = await moments(engine, 4)
      assert.equal(await moments(engine, 3), first)
      for (const [name, [, center, variance]] of Object.entries(KINDS)) {
        const { steps, square } = first[name]!
        // Sums of few whole numbers may be equal by chance.
        assert.ok(new Set(steps).size >= steps.length - 1, `${name}: ${steps}`)
        // Rows of one draw may be alike: tfjs draws each row of multinomial with the same numbers.
        const spread = Math.sqrt(variance / SIZE)
        for (const value of steps) {
          assert.ok(Math.abs(value - center) < 6 * spread, `${name}: ${value}, not ${center}`)
        }
        const found = square - center ** 2
        const isClose = Math.abs(found - variance) < 0.15 * variance + 0.05
        assert.ok(isClose, `${name}: ${found}, not ${variance}`)
        assert.not.equal(other[name]!.steps, steps, name)
      }
    },
  )
}

test('dropout of recurrent cells is drawn anew in each step', async () => {
  class Net extends Model {
    readonly rnn = layers.rnn({
      cell: [layers.simpleRNNCell({ units: 20, dropout: 0.5, recurrentDropout: 0.5 })] as never,
    })
    override call(x: Tensor): Tensor {
      return this.rnn.apply(x)
    }
  }
  for (const engine of ['onnxruntime', 'tfjs']) {
    const model = new Net()
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: mean })
    const steps: number[] = []
    const log: Callback = { name: 'log', onBatchEnd: ({ loss }) => void steps.push(loss) }
    const [x, y] = [tf.ones([12, 3, 4]), tf.zeros([12, 1])]
    await model.predict(x, { engine })
    await model.fit(x, y, { engine, batchSize: 4, shuffle: false, callbacks: [log] })
    assert.is(new Set(steps).size, 3, engine)
    tf.dispose([x, y])
    model.dispose()
  }
})

slow('what a model draws in evaluation and prediction repeats with a seed', async () => {
  for (const engine of ['onnxruntime', 'tfjs']) {
    const model = new Drawing((x) => tf.randomNormal(x.shape))
    model.compile({ optimizer: 'sgd', loss: mean })
    const [x, y] = [tf.ones([5, 1]), tf.zeros([5, 1])]
    const draw = async (seed: number) => {
      const options = { engine, batchSize: 2, seed }
      const { loss } = await model.evaluate(x, y, options)
      return { loss, data: [...(await model.predict(x, options)).data] }
    }
    const first = await draw(1)
    assert.equal(await draw(1), first)
    assert.not.equal((await draw(2)).data, first.data)
    assert.not.equal(first.data.slice(0, SIZE), first.data.slice(2 * SIZE, 3 * SIZE))
    tf.dispose([x, y])
    model.dispose()
  }
})

for (const [name, draw, message] of [
  // random: what is refused
  ['Math.random()', (x: Tensor) => tf.mul(x, Math.random()), /Math\.random\(\) must not be used/],
  ['tf.rand', (x: Tensor) => tf.rand(x.shape, () => Math.random()), /Math\.random\(\) must not/], // random: what is refused
  ['tf.randomGamma', (x: Tensor) => tf.randomGamma(x.shape, 2), /random numbers must come from/],
] as const) {
  test(`${name} in call is refused, and the line named`, async () => {
    const model = new Drawing(draw)
    model.compile({ optimizer: 'sgd', loss: mean })
    const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])]
    const found = await refusal(() => model.fit(x, y))
    assert.match(found, message)
    assert.match(found, /random-layers\.test\.ts:\d+/)
    tf.dispose([x, y])
    model.dispose()
  })
}

test('a layer of random sizes is refused where it would be frozen', async () => {
  class Net extends Model {
    readonly widen = layers.randomWidth({ factor: 0.5 })
    readonly pool = layers.globalAveragePooling2d()
    readonly head = layers.dense({ units: 1 })
    override call(x: Tensor): Tensor {
      return this.head.apply(this.pool.apply(this.widen.apply(x)))
    }
  }
  const model = new Net()
  model.compile({ optimizer: 'sgd', loss: 'mean-squared-error' })
  const [x, y] = [tf.ones([4, 4, 10, 1]), tf.zeros([4, 1])]
  assert.match(
    await refusal(() => model.fit(x, y)),
    /^widen: a RandomWidth layer must not be captured: how large its output is is random/,
  )
  await model.fit(x, y, { engine: 'tfjs' })
  tf.dispose([x, y])
  model.dispose()
})

test.run()
