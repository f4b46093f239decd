import { DataError } from '@ashlar/errors'
import { inScratch, refusal, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { theOnly } from '../../src/data/fields.ts'
import {
  adam,
  type Callback,
  checkpoint,
  explainTraining,
  type FitOptions,
  layers,
  Model,
  readCheckpoint,
  type Samples,
} from '../../src/index.ts'
import { points, stripes } from '../support/points.ts'
import { type StreamedOptions, streamed } from '../support/streamed.ts'
import { compiledClassifier, numbersOf } from '../support/tiny-models.ts'

const { test, slow } = tieredSuite('training on streams')

class Net extends Model {
  readonly hidden = layers.dense({ units: 6, activation: 'relu' })
  readonly norm = layers.batchNormalization()
  readonly drop = layers.dropout({ rate: 0.3 })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: tf.Tensor): tf.Tensor {
    const flat = tf.reshape(x, [x.shape[0]!, -1])
    return this.head.apply(this.drop.apply(this.norm.apply(this.hidden.apply(flat))))
  }
}

async function train(data: Samples, options: FitOptions) {
  const model = new Net()
  model.compile({
    optimizer: adam({ average: 0.9 }),
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  try {
    const { metrics, steps, outcome } = await model.fit(data, { seed: 5, batchSize: 4, ...options })
    const tested = await model.evaluate(data, options.engine ? { engine: options.engine } : {})
    const { data: predicted } = await model.predict(data, { batchSize: 3 })
    return { numbers: numbersOf(model), metrics, steps, outcome, tested, predicted }
  } finally {
    model.dispose()
  }
}

for (const [engine, declare] of [
  ['tfjs', test],
  ['onnxruntime', slow],
] as const) {
  declare(`${engine}: a stream trains to the very numbers that arrays do`, async () => {
    for (const samples of [points(22), stripes(22)]) {
      const options: FitOptions = {
        engine,
        epochs: 2,
        accumulate: 2,
        validationData: samples,
        classWeights: [1, 2, 0.5],
      }
      const expected = await train(samples, options)
      for (const labels of [false, true]) {
        const stream = streamed(samples, { labels })
        assert.equal(await train(stream, { ...options, validationData: stream }), expected)
      }
    }
  })
}

test('a part for validation is held out of a stream as of arrays', async () => {
  const options = { engine: 'tfjs', epochs: 1, validationSplit: 0.25, classWeights: 'balanced' }
  assert.equal(
    await train(streamed(points(20), { labels: true }), options as FitOptions),
    await train(points(20), options as FitOptions),
  )
})

for (const [order, chunks, declare] of [
  ['by index', undefined, test],
  ['in chunks', { of: (row: number) => Math.floor(row / 5), buffer: 7 }, slow],
] as const) {
  declare(`goes on at the very sample, ${order}`, () =>
    inScratch({}, async (folder) => {
      const how: StreamedOptions = chunks === undefined ? {} : { chunks }
      const options: FitOptions = { engine: 'tfjs', epochs: 3, batchSize: 4 }
      const whole = await train(streamed(points(22), how), options)
      for (const last of [1, 6, 8, 13, 17]) {
        const path = `${folder}/${last}-${chunks === undefined}`
        const rows: number[] = []
        const killed: Callback = {
          name: 'killed',
          onBatchEnd({ step }) {
            if (step === last) throw new DataError({ where: 'test', expected: 'goes on' })
          },
        }
        const saved = checkpoint(path, { everySteps: 2 })
        await refusal(() =>
          train(streamed(points(22), how), { ...options, callbacks: [saved, killed] }),
        )
        const found = (await readCheckpoint(path))?.state
        const resumed = streamed(points(22), { ...how, onRead: (read) => void rows.push(...read) })
        const result = await train(resumed, { ...options, resume: found })
        assert.equal(result.numbers, whole.numbers)
        assert.equal(result.metrics.loss?.slice(-1), whole.metrics.loss?.slice(-1))
      }
    }),
  )
}

test('while a step is made the next four batches are under way, and each sample is asked for once an epoch', async () => {
  const asked: number[] = []
  const memory = new Set<ArrayBufferLike>()
  const { stream, ...rest } = streamed(points(24))
  const watched: Samples = {
    ...rest,
    stream: {
      ...stream,
      read(rows, into, options) {
        asked.push(...rows)
        memory.add(theOnly('test', into.inputs).buffer)
        return stream.read(rows, into, options)
      },
    },
  }
  const ahead: number[] = []
  const model = compiledClassifier()
  await model.fit(watched, {
    ...{ engine: 'tfjs', batchSize: 2, epochs: 2 },
    callbacks: [
      {
        name: 'ahead',
        onBatchEnd: ({ step }) => void ahead.push(asked.length / 2 - (step + 1)),
      },
    ],
  })
  const epoch = [4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1, 0]
  assert.equal(ahead, [...epoch, ...epoch])
  const all = [...Array(24).keys()]
  for (const rows of [asked.slice(0, 24), asked.slice(24)]) {
    assert.equal(
      rows.sort((a, b) => a - b),
      all,
    )
  }
  // The memory of four batches in each epoch: they are copied once, to where the step takes them from.
  assert.is(memory.size, 2 * 4)
  model.dispose()
})

test('the step tells how long it waited for its samples', async () => {
  const waits: number[] = []
  const late = streamed(points(12), {
    onRead: () => new Promise((resolve) => setTimeout(resolve, 30)),
  })
  const model = compiledClassifier()
  await model.fit(late, {
    engine: 'tfjs',
    batchSize: 12,
    epochs: 2,
    callbacks: [{ name: 'waits', onBatchEnd: ({ waited }) => void waits.push(waited ?? -1) }],
  })
  assert.is(waits.length, 2)
  assert.ok(
    waits.every((seconds) => seconds > 0.02),
    `${waits}`,
  )
  model.dispose()
})

class Embedded extends Model {
  readonly table = layers.embedding({ inputDim: 5, outputDim: 2 })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })
  readonly shift
  constructor(shift: number) {
    super()
    this.shift = shift
  }
  override call(x: tf.Tensor): tf.Tensor {
    const rows = this.shift === 0 ? x : tf.add(x, this.shift)
    return this.head.apply(tf.mean(this.table.apply<tf.Tensor>(rows), 1))
  }
}

test('labels and indices are looked at before they are used, and the sample is named', async () => {
  const info = { ...points(1).info, inputShape: [2] }
  const tokens = Float32Array.from({ length: 300 }, (_, at) => at % 5)
  for (const shift of [0, -1]) {
    const samples = {
      info,
      inputs: tokens.map((token) => token - shift),
      labels: new Uint8Array(150),
      length: 150,
    }
    const model = new Embedded(shift)
    model.compile({ optimizer: 'sgd', loss: 'sparse-categorical-crossentropy' })
    const fit = (data: Samples, more: FitOptions = {}) =>
      refusal(() => model.fit(data, { engine: 'tfjs', ...more }))
    const labels = samples.labels.map((_, at) => (at === 71 ? 3 : 0))
    const inputs = samples.inputs.map((token, at) => (at === 2 * 120 + 1 ? 7 : token))
    for (const [broken, message] of [
      [{ ...samples, labels }, /fit: the label of sample 71 must be .* 0 to 2, .* got 3\n/],
      [{ ...samples, inputs }, /fit: table picks among 5 rows, .* sample 120, place 1, .* got \d/],
    ] as const) {
      const expected = await fit(broken)
      assert.match(expected, message)
      assert.is(await fit(streamed(broken)), expected)
      assert.is(await fit(streamed(broken, { labels: true })), expected)
      const held = await fit(streamed(samples), { validationData: streamed(broken) })
      assert.is(held, expected.replace(/^fit/, 'fit, validationData'))
      const evaluated = await refusal(() => model.evaluate(streamed(broken), { engine: 'tfjs' }))
      assert.is(evaluated, expected.replace(/^fit/, 'evaluate'))
    }
    assert.match(
      await refusal(() => model.predict(streamed({ ...samples, inputs }), { engine: 'tfjs' })),
      /^predict: table picks among 5 rows/,
    )
    assert.match(
      await fit(streamed(samples), { classWeights: 'balanced' }),
      /balanced `classWeights` need labels that are held in memory/,
    )
    model.dispose()
  }
})

test('what cannot be read fails the run, and the model has the weights it came to', async () => {
  const model = compiledClassifier()
  let outcome: string | undefined
  const stream = streamed(points(40), {
    onRead(rows) {
      if (rows.includes(33)) throw new DataError({ where: 'c.tar', expected: 'must be whole' })
    },
  })
  const message = await refusal(() =>
    model.fit(stream, {
      engine: 'tfjs',
      batchSize: 4,
      shuffle: false,
      callbacks: [
        {
          name: 'end',
          onTrainEnd: ({ outcome: how, steps }) => {
            outcome = `${how} after ${steps}`
          },
        },
      ],
    }),
  )
  assert.is(message, 'c.tar: must be whole')
  assert.is(outcome, 'failed after 8')
  model.dispose()
})

test('a step on a stream can be explained', async () => {
  const model = compiledClassifier()
  const plan = await explainTraining(model, streamed(points(8)), { batchSize: 4 })
  assert.ok(plan.milliseconds > 0)
  model.dispose()
})

test.run()
