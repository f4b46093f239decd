import { readFileSync } from 'node:fs'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { layers, Model, onnxruntimeEngine, sgd, tfjsEngine } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('masks')

/** What Keras 3 makes of the same networks: written by fixtures/masks.py. */
interface Expected {
  readonly predicted: readonly number[]
  readonly loss: number
  readonly metric: number
  readonly losses: readonly number[]
  readonly trained: readonly number[]
}

const fixture = new URL('../fixtures/masks.json', import.meta.url)
const keras = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, Expected>

const [BATCH, STEPS, FEATURES, UNITS, CLASSES] = [4, 5, 3, 4, 3] as const
const LENGTHS = [5, 3, 1, 4]

function wave(shape: readonly number[], phase: number): Tensor {
  const count = tf.util.sizeFromShape([...shape])
  const numbers = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + phase) * 0.5)
  return tf.tensor(numbers, [...shape])
}

const counts = (front: boolean) =>
  tf.tensor(
    LENGTHS.flatMap((length) =>
      Array.from({ length: STEPS }, (_, step) =>
        Number(front ? step >= STEPS - length : step < length),
      ),
    ),
    [BATCH, STEPS, 1],
  )

const padded = (front = false) => tf.mul(wave([BATCH, STEPS, FEATURES], 0.3), counts(front))

const words = () => {
  const numbers = Array.from({ length: BATCH * STEPS }, (_, index) => 1 + (index % 6))
  return tf.mul(tf.tensor(numbers, [BATCH, STEPS]), tf.reshape(counts(false), [BATCH, STEPS]))
}

const tags = () =>
  tf.tensor(
    Int32Array.from({ length: BATCH * STEPS }, (_, index) => index % CLASSES),
    [BATCH, STEPS],
    'int32',
  )

type Step = { apply(x: Tensor): Tensor }

/** Layers one after the other, in code of its own. */
class Chain extends Model {
  readonly steps: readonly Step[]
  constructor(...steps: readonly unknown[]) {
    super()
    this.steps = steps as readonly Step[]
  }
  override call(x: Tensor): Tensor {
    return this.steps.reduce((y, step) => step.apply(y), x)
  }
}

class Joined extends Model {
  readonly masking = layers.masking()
  readonly left = simple(true)
  readonly right = lstm(true)
  readonly add = layers.add()
  readonly concat = layers.concatenate()
  readonly last = simple()
  readonly head = layers.dense({ units: 1 })
  override call(x: Tensor): Tensor {
    const masked = this.masking.apply(x)
    const [left, right] = [this.left.apply(masked), this.right.apply(masked)]
    const joined = this.concat.apply([this.add.apply([left, right]), left])
    return this.head.apply(this.last.apply(joined))
  }
}

const lstm = (returnSequences = false) =>
  layers.lstm({ units: UNITS, recurrentActivation: 'sigmoid', returnSequences })
const simple = (returnSequences = false) => layers.simpleRNN({ units: UNITS, returnSequences })
const dense = (units: number) => layers.dense({ units })
const chosen = () => layers.dense({ units: CLASSES, activation: 'softmax' })
const both = (mergeMode: 'concat' | 'sum') =>
  layers.bidirectional({ layer: lstm(true) as never, mergeMode })
const embedding = () =>
  layers.embedding({ inputDim: 7, outputDim: FEATURES, maskZero: true, inputLength: STEPS })
const masking = () => layers.masking()

const rows = () => wave([BATCH, 1], 0.9)
const values = () => wave([BATCH, STEPS, 1], 2)

interface Case {
  readonly make: () => Model
  readonly x: () => Tensor
  readonly y: () => Tensor
  readonly loss?: string
  /** The same in one of tfjs's own networks; by default of the layers of a chain. */
  readonly network?: false
}

const chain =
  (...steps: (() => unknown)[]) =>
  () =>
    new Chain(...steps.map((step) => step()))
const one = () => dense(1)
const sparse = 'sparse-categorical-crossentropy'
const CASES: Readonly<Record<string, Case>> = {
  last: { make: chain(masking, lstm, one), x: padded, y: rows },
  front: { make: chain(masking, simple, one), x: () => padded(true), y: rows },
  stacked: {
    make: chain(
      masking,
      () => lstm(true),
      () => layers.dropout({ rate: 0 }),
      simple,
      one,
    ),
    ...{ x: padded, y: rows },
  },
  tags: { make: chain(masking, () => lstm(true), chosen), x: padded, y: tags, loss: sparse },
  values: { make: chain(masking, () => simple(true), one), x: padded, y: values },
  words: { make: chain(embedding, lstm, one), x: words, y: rows },
  'tagged words': {
    make: chain(embedding, () => simple(true), chosen),
    ...{ x: words, y: tags, loss: sparse },
  },
  'both ways': { make: chain(masking, () => both('concat'), simple, one), x: padded, y: rows },
  'both ways, every step': { make: chain(masking, () => both('sum'), one), x: padded, y: values },
  'each step': {
    make: chain(masking, () => layers.timeDistributed({ layer: dense(2) as never }), simple, one),
    ...{ x: padded, y: rows },
  },
  mean: {
    make: chain(
      masking,
      () => simple(true),
      () => layers.globalAveragePooling1d({}),
      one,
    ),
    ...{ x: padded, y: rows },
  },
  stopped: {
    make: chain(
      ...[
        masking,
        () => layers.conv1d({ filters: 2, kernelSize: 2, padding: 'same' }),
        simple,
        one,
      ],
    ),
    ...{ x: padded, y: rows },
  },
  normalized: {
    make: chain(
      masking,
      () => dense(3),
      () => layers.batchNormalization(),
      simple,
      one,
    ),
    ...{ x: padded, y: rows },
  },
  joined: { make: () => new Joined(), x: padded, y: rows },
}

/** Weights as the fixture has them. */
function fill(model: Model, name: string): void {
  tf.tidy(() => {
    for (const [index, { name: weight, variable, shape }] of model.namedWeights().entries()) {
      if (/(?:gamma|beta|moving_mean|moving_variance)$/.test(weight)) continue
      variable.assign(wave(shape, index + name.length))
    }
  })
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.is(actual.length, expected.length, what)
  for (const [index, value] of Array.from(expected).entries()) {
    const off = Math.abs(actual[index]! - value)
    assert.ok(
      off <= 2e-4 * Math.max(1, Math.abs(value)),
      `${what}[${index}]: ${actual[index]}, not ${value}`,
    )
  }
}

// What is quickest is not measured: there is little to compute.
/** The others are made of the same parts. */
const COMPILED = [
  'last',
  'tags',
  'both ways, every step',
  'each step',
  'mean',
  'normalized',
  'joined',
]

const some = oneIn(16, { test, slow })
for (const engine of [onnxruntimeEngine({ forms: 'usual' }), tfjsEngine()]) {
  for (const [name, { make, x, y, loss = 'mean-squared-error' }] of Object.entries(CASES)) {
    if (engine.name === 'onnxruntime' && !COMPILED.includes(name)) continue
    const declare = engine.name === 'onnxruntime' ? some : test
    declare(`${engine.name}: ${name} as in Keras`, () =>
      withoutLeaks(async () => {
        const model = make()
        const [inputs, labels] = tf.tidy(() => [x(), y()])
        model.build([null, ...inputs!.shape.slice(1)])
        fill(model, name)
        model.compile({
          optimizer: sgd({ learningRate: 0.1 }),
          loss,
          metrics: [loss === sparse ? 'accuracy' : 'mean-absolute-error'],
        })
        const expected = keras[name]!
        close((await model.predict(inputs!, { engine })).data, expected.predicted, 'predicted')
        // A smaller last batch.
        const measured = await model.evaluate(inputs!, labels!, { engine, batchSize: 3 })
        const metric = Object.values(measured)[1]!
        close([measured.loss!, metric], [expected.loss, expected.metric], 'measured')
        const { metrics } = await model.fit(inputs!, labels!, {
          ...{ engine, epochs: 3, batchSize: 3, shuffle: false },
        })
        close(metrics.loss!, expected.losses, 'losses')
        close((await model.predict(inputs!, { engine })).data, expected.trained, 'trained')
        tf.dispose([inputs!, labels!])
        model.dispose()
      }),
    )
  }
}

test('padded steps change nothing, whatever a model does with a mask that it is told of', async () => {
  class Attention extends Model {
    readonly embed = layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true })
    readonly inner = new (class Pool extends Model {
      override call(x: Tensor, { mask }: { mask?: Tensor }): Tensor {
        const counted = tf.expandDims(tf.cast(mask!, 'float32'), -1)
        return tf.div(tf.sum(tf.mul(x, counted), 1), tf.sum(counted, 1))
      }
    })()
    override call(x: Tensor): Tensor {
      return this.inner.apply(tf.tidy(() => this.embed.apply(x)))
    }
  }
  const model = new Attention()
  const short = tf.tensor2d([[3, 4, 5]])
  const long = tf.tensor2d([[3, 4, 5, 0, 0]])
  model.build([null, null])
  const alone = model.apply(short)
  const withPadding = model.apply(long)
  close(withPadding.dataSync(), alone.dataSync(), 'mean')
  tf.dispose([short, long, alone, withPadding])
  model.dispose()
})

test('a mask given by hand goes before the one that a tensor carries', () => {
  class Given extends Model {
    readonly masking = layers.masking()
    readonly rnn = layers.simpleRNN({ units: 2 })
    override call(x: Tensor): Tensor {
      const mask = tf.tensor2d([[true, false, false]], undefined, 'bool')
      return this.rnn.apply(this.masking.apply(x), { mask })
    }
  }
  const model = new Given()
  const x = tf.tensor3d([[[1], [2], [0]]])
  const first = tf.tensor3d([[[1]]])
  const [all, one] = tf.tidy(() => [model.apply(x), model.rnn.apply(first)])
  close(all!.dataSync(), one!.dataSync(), 'one step')
  tf.dispose([x, first, all!, one!])
  model.dispose()
})

test('labels that are not one for each step of a masked output are an error', async () => {
  const model = new Chain(masking(), simple(true))
  model.compile({ optimizer: 'sgd', loss: 'mean-squared-error' })
  const [x, y] = [tf.ones([2, 3, 1]), tf.ones([2, 12])]
  assert.match(
    await refusal(() => model.fit(x, y, { batchSize: 2 })),
    /an output with a mask \[2, 3\] must have labels for each of its steps, got \[2, 12\]/,
  )
  tf.dispose([x, y])
  model.dispose()
})

test.run()
