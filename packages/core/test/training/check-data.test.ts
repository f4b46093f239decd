import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  binaryCrossentropy,
  type FitOptions,
  inMemory,
  type Loss,
  layers,
  Model,
  type Samples,
  samplesOf,
} from '../../src/index.ts'

const test = suite('what data must be')
const engine = 'tfjs'

class Net extends Model {
  readonly dense
  constructor(units: number, activation?: 'softmax' | 'sigmoid') {
    super()
    this.dense = layers.dense({ units, ...(activation && { activation }) })
  }
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(x)
  }
}

type Labels = Uint8Array | Int32Array | Float32Array

/** Samples of one input each. */
function withLabels(labels: Labels, labelShape: readonly number[] = []): Samples {
  const size = labelShape.reduce((product, dim) => product * dim, 1)
  const length = labels.length / size
  const inputs = Float32Array.from({ length }, (_, row) => row / length)
  const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  const info = { inputShape: [1], labelShape, inputDtype: 'float32', inputRange: infinite } as const
  return { inputs, labels, length, info }
}

const SPARSE = 'sparse-categorical-crossentropy'

const wrong: readonly [what: string, net: () => Model, loss: Loss | string, Samples, RegExp][] = [
  [
    'a class beyond the outputs',
    () => new Net(3, 'softmax'),
    SPARSE,
    withLabels(Int32Array.of(0, 3, 1)),
    /^fit: the label of sample 1 must be the index of a class, a whole number from 0 to 2, as the model has 3 outputs, got 3\n {2}Number the classes/,
  ],
  [
    'a negative class',
    () => new Net(3, 'softmax'),
    SPARSE,
    withLabels(Int32Array.of(0, 1, -1)),
    /^fit: the label of sample 2 must be .* 0 to 2, .*, got -1\n/,
  ],
  [
    'a class of bytes',
    () => new Net(2, 'softmax'),
    SPARSE,
    withLabels(Uint8Array.of(0, 1, 2)),
    /sample 2 .*, got 2\n/,
  ],
  [
    'a class with an axis of its own',
    () => new Net(3, 'softmax'),
    SPARSE,
    withLabels(Float32Array.of(0, 7), [1]),
    /sample 1 .*, got 7\n/,
  ],
  [
    'a broken class',
    () => new Net(3, 'softmax'),
    SPARSE,
    withLabels(Float32Array.of(0, 0.5)),
    /sample 1 .*, got 0\.5\n/,
  ],
  [
    'a class that is no number',
    () => new Net(3, 'softmax'),
    SPARSE,
    withLabels(Float32Array.of(Number.NaN, 1)),
    /sample 0 .*, got NaN\n/,
  ],
  [
    'classes of a single output',
    () => new Net(1, 'sigmoid'),
    SPARSE,
    withLabels(Int32Array.of(0, 1)),
    /sample 1 .* from 0 to 0, as the model has 1 output, got 1\n {2}A single output .* binary-crossentropy/,
  ],
  [
    'yes or no beyond 1',
    () => new Net(1, 'sigmoid'),
    'bce',
    withLabels(Int32Array.of(0, 1, 2)),
    /^fit: the label of sample 2 must be 0, 1 or a number between, got 2\n/,
  ],
  [
    'yes or no as 1 and -1',
    () => new Net(1),
    binaryCrossentropy({ fromLogits: true }),
    withLabels(Int32Array.of(1, -1)),
    /sample 1 must be 0, 1 or a number between, got -1\n/,
  ],
  [
    'a share beyond 1, at a place',
    () => new Net(3, 'softmax'),
    'categorical-crossentropy',
    withLabels(Float32Array.of(0, 1, 0, 0, 0, 2), [3]),
    /^fit: the label of sample 1 at place 2 must be a share from 0 to 1, got 2\n/,
  ],
  [
    'a target that is no number',
    () => new Net(1),
    'mse',
    withLabels(Float32Array.of(1, 2, Number.NaN)),
    /^fit: the label of sample 2 must be a finite number, got NaN$/,
  ],
  [
    'an infinite target',
    () => new Net(1),
    'mae',
    withLabels(Float32Array.of(1, Number.NEGATIVE_INFINITY)),
    /^fit: the label of sample 1 must be a finite number, got -Infinity$/,
  ],
  [
    'a whole target that float32 has not',
    () => new Net(1),
    'huber',
    withLabels(Int32Array.of(1, 2 ** 24, -(2 ** 24) - 1)),
    /^fit: the label of sample 2 must be within ±16777216, .*, got -16777217\n {2}Scale the targets/,
  ],
]

for (const [what, make, loss, samples, message] of wrong) {
  test(`refuses ${what}`, async () => {
    const model = make()
    model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] })
    const found = await refusal(() => model.fit(samples, { engine }))
    assert.match(found, message)
    assert.is(
      await refusal(() => model.evaluate(samples, { engine })),
      found.replace(/^fit/, 'evaluate'),
    )
    const good = { ...samples, labels: inMemory(samples).labels.map(() => 0) as Labels }
    assert.is(
      await refusal(() => model.fit(good, { engine, validationData: samples })),
      found.replace(/^fit/, 'fit, validationData'),
    )
    if (what === 'classes of a single output') {
      assert.match(
        await refusal(() => model.fit(good, { engine })),
        /^sparse-categorical-crossentropy: the model must have an output for each class, at least 2, got \[2, 1\]\n/,
      )
    } else {
      await model.fit(good, { engine })
    }
    model.dispose()
  })
}

test('a loss of somebody makes of its labels what it will', async () => {
  const model = new Net(1)
  const loss: Loss = {
    name: 'where-known',
    perSample: ({ labels, predictions }) => {
      const known = tf.logicalNot(tf.isNaN(labels))
      const distance = tf.abs(tf.sub(tf.reshape(predictions, labels.shape), labels))
      return tf.where(known, distance, tf.zerosLike(distance))
    },
  }
  model.compile({ optimizer: 'sgd', loss })
  const { loss: found } = await model.evaluate(withLabels(Float32Array.of(1, Number.NaN)), {
    engine,
  })
  assert.ok(Number.isFinite(found))
  model.dispose()
})

test('labels [n, 1] are class indices too', async () => {
  for (const each of ['tfjs', 'onnxruntime']) {
    const run = async (labelShape: readonly number[]) => {
      const model = new Net(3, 'softmax')
      model.compile({ optimizer: 'sgd', loss: SPARSE, metrics: ['accuracy'] })
      const samples = withLabels(Int32Array.of(0, 1, 2, 1, 1, 0), labelShape)
      const options: FitOptions = { engine: each, seed: 1, classWeights: 'balanced' }
      const { metrics } = await model.fit(samples, options)
      model.dispose()
      return metrics
    }
    assert.equal(await run([1]), await run([]), each)
  }
})

test('texts are refused wherever they come from', async () => {
  const words = tf.tensor1d(['cat', 'dog'])
  const numbers = tf.tensor2d([[1], [2]])
  assert.is(
    await refusal(() => samplesOf(numbers, words)),
    'samplesOf: labels must be numbers, but sample 0 has a text, got "cat"\n' +
      '  Number the classes from 0 on, and keep their names in a list.',
  )
  assert.match(await refusal(() => samplesOf(words, numbers)), /^samplesOf: inputs must be numbers/)
  assert.match(
    await refusal(() => samplesOf(tf.complex([1], [2]), tf.tensor1d([1]))),
    /^samplesOf: inputs must be numbers, got complex64 \[1\]$/,
  )
  const model = new Net(2, 'softmax')
  model.compile({ optimizer: 'sgd', loss: SPARSE })
  const samples = withLabels(Int32Array.of(0, 1))
  const fit = (change: object) => refusal(() => model.fit({ ...samples, ...change }, { engine }))
  assert.match(
    await fit({ labels: ['a', 'b'] }),
    /^fit: labels must be numbers, but sample 0 has a text, got "a"\n/,
  )
  assert.is(
    await fit({ labels: [0, 1] }),
    'fit: labels must be a typed array (uint8, int32 or float32) of the 2 numbers of [2], got [0, 1]',
  )
  assert.match(
    await fit({ inputs: new Float64Array(2) }),
    /^fit: inputs must be a typed array .*, got Float64Array\(2\)$/,
  )
  assert.match(
    await fit({ labels: new Int32Array(3) }),
    /^fit: labels must be .* of the 2 numbers of \[2\], got Int32Array\(3\)$/,
  )
  const pair = { validationData: [numbers, numbers] } as object
  assert.match(
    await refusal(() => model.fit(samples, { engine, ...pair })),
    /^fit, validationData: data must be samples: those of a dataset, or samplesOf\(inputs, labels\), got \[/,
  )
})

test('whole numbers that float32 has not are refused', async () => {
  const inputs = tf.tensor2d([1, 2, 3, 16777217], [2, 2], 'int32')
  assert.match(
    await refusal(() => samplesOf(inputs, tf.tensor1d([0, 1]))),
    /^samplesOf: inputs become float32, .* up to 16777216 only, but sample 1 has a larger one, got 16777217\n/,
  )
  const most = tf.tensor1d([2 ** 24, -(2 ** 24)], 'int32')
  assert.equal([...(await samplesOf(most, most)).inputs], [2 ** 24, -(2 ** 24)])
  tf.dispose([inputs, most])
})

class Tokens extends Model {
  readonly table = layers.embedding({ inputDim: 4, outputDim: 2 })
  readonly head = layers.dense({ units: 1 })
  override call(ids: tf.Tensor): tf.Tensor {
    return this.head.apply(tf.mean(this.table.apply(ids), 1))
  }
}

/** A user and an item in one row, and a number that is neither. */
class Pairs extends Model {
  readonly users = layers.embedding({ inputDim: 3, outputDim: 2 })
  readonly items = layers.embedding({ inputDim: 200, outputDim: 2 })
  readonly head = layers.dense({ units: 1 })
  override call(row: tf.Tensor): tf.Tensor {
    const column = (at: number) => tf.slice(row, [0, at], [-1, 1])
    const user = tf.reshape(this.users.apply(column(0)), [-1, 2])
    const item = tf.reshape(this.items.apply(tf.mul(column(1), 2)), [-1, 2])
    return this.head.apply(tf.concat([user, item, column(2)], 1))
  }
}

/** Picks without a layer; what lies outside of the one-hot rows is nothing, as in Keras. */
class Gathers extends Model {
  readonly head = layers.dense({ units: 1 })
  readonly fixed = tf.tensor1d([5, 6, 7])
  override call(x: tf.Tensor): tf.Tensor {
    const ids = tf.cast(tf.reshape(x, [-1]), 'int32')
    const hot = tf.oneHot(ids, 2, 1, 0, 'float32')
    return this.head.apply(tf.concat([tf.expandDims(tf.gather(this.fixed, ids), 1), hot], 1))
  }
}

const outside: readonly [make: () => Model, width: number, rows: number[][], message: RegExp][] = [
  [
    () => new Tokens(),
    3,
    [
      [0, 1, 3],
      [2, -1, 0],
    ],
    /^W: table picks among 4 rows, so indices must be from 0 to 3, but sample 1, place 1, has another, got -1\n/,
  ],
  [() => new Tokens(), 2, [[0, 4]], /sample 0, place 1, has another, got 4\n/],
  [() => new Tokens(), 1, [[0], [Number.NaN]], /sample 1 has another, got NaN\n/],
  [
    () => new Pairs(),
    3,
    [
      [0, 1, -5],
      [3, 1, 900],
    ],
    /^W: users picks among 3 rows, .* sample 1 has another, got 3\n/,
  ],
  [
    () => new Pairs(),
    3,
    [...Array.from({ length: 300 }, (_, row) => [row % 3, row % 100, -row]), [0, 100, 0]],
    /^W: items picks among 200 rows, .* sample 300 has another, got 200\n/,
  ],
  [
    () => new Gathers(),
    1,
    [[0], [2], [3]],
    /^W: the model picks among 3 rows, .* sample 2 has another, got 3\n/,
  ],
]

for (const [index, [make, width, rows, message]] of outside.entries()) {
  test(`indices outside of a table are refused (${index})`, async () => {
    const samples = (inputs: number[][]) =>
      samplesOf(tf.tensor2d(inputs, [inputs.length, width]), tf.zeros([inputs.length, 1]))
    const bad = await samples(rows)
    const good = await samples([rows[0]!.map(() => 0)])
    for (const each of ['tfjs', 'onnxruntime']) {
      const model = make()
      model.compile({ optimizer: 'sgd', loss: 'mse' })
      const refused = async (where: string, run: () => Promise<unknown>) =>
        assert.match((await refusal(run)).replace(`${where}:`, 'W:'), message)
      await refused('fit', () => model.fit(bad, { engine: each }))
      await refused('fit, validationData', () =>
        model.fit(good, { engine: each, validationData: bad }),
      )
      await refused('evaluate', () => model.evaluate(bad, { engine: each }))
      await refused('predict', () => model.predict(bad, { engine: each }))
      await model.fit(good, { engine: each })
      model.dispose()
    }
  })
}

test.run()
