import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Callback,
  type FitOptions,
  layers,
  Model,
  type Optimizer,
  type Reading,
  type Samples,
  sgd,
  type TrainingRun,
} from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'
import { labelColumns } from '../../src/training/check-data.ts'
import { resolveClassWeights } from '../../src/training/class-weights.ts'
import { points } from '../support/points.ts'
import { compiledClassifier, numbersOf } from '../support/tiny-models.ts'

/** Labels of samples without names. */
function labelsIn(samples: Samples) {
  return { column: labelColumns(samples)[0]!, length: samples.length }
}

const test = suite('how updates are made')
const engine = 'tfjs'

/** Without batch norm, whose statistics depend on how samples are cut into batches. */
class Plain extends Model {
  readonly head = layers.dense({ units: 3, activation: 'softmax' })
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(x)
  }
}

async function train(
  optimizer: Optimizer,
  options: FitOptions,
  data: Samples = points(20),
): Promise<number[]> {
  const model = new Plain()
  model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
  await model.fit(data, { engine, shuffle: false, ...options })
  const numbers = numbersOf(model)
  model.dispose()
  return numbers
}

test('batches whose gradients are gathered train like one large batch', async () => {
  const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 })
  // 20 samples: batches of 4, 4, 4 | 4, 4 against 12 | 8.
  const large = await train(optimizer, { batchSize: 12, epochs: 3 })
  allClose(await train(optimizer, { batchSize: 4, accumulate: 3, epochs: 3 }), large)
  // 20 = 8 + 8 + 4: the mean goes over samples, not over batches.
  const whole = await train(optimizer, { batchSize: 20, epochs: 3 })
  allClose(await train(optimizer, { batchSize: 8, accumulate: 3, epochs: 3 }), whole)
})

test('between updates the weights stay', async () => {
  const model = compiledClassifier()
  model.build([null, 4])
  const seen: number[][] = []
  const callback: Callback = {
    name: 'seen',
    onBatchEnd(_, run) {
      run.sync()
      seen.push([...model.head.getWeights()[0]!.dataSync()])
    },
  }
  await withoutLeaks(() =>
    model.fit(points(20), { batchSize: 4, accumulate: 2, engine, callbacks: [callback] }),
  )
  assert.not.equal(seen[0], seen[1])
  assert.equal(seen[1], seen[2])
  assert.not.equal(seen[2], seen[3])
  assert.not.equal(seen[3], seen[4], 'an epoch ends with an update')
  assert.is(model.compiled('fit').updates, 3)
  assert.is(model.compiled('fit').gathered, 0)
  model.dispose()
})

test('gradients that wait are kept from one fit to the next', async () => {
  const whole = compiledClassifier()
  const apart = compiledClassifier()
  const options = { batchSize: 4, accumulate: 2, engine, shuffle: false, epochs: 2 }
  await whole.fit(points(8), options)
  const stop: Callback = { name: 'stop', onBatchEnd: (_, run) => run.stop('here') }
  await apart.fit(points(8), { ...options, callbacks: [stop] })
  assert.is(apart.compiled('fit').gathered, 4)
  assert.is(apart.compiled('fit').updates, 0)
  whole.dispose()
  apart.dispose()
})

test('the average of weights is what validation sees and what is left', async () => {
  const momentum = 0.75
  const model = new Plain()
  model.compile({
    optimizer: sgd({ learningRate: 0.5, average: momentum }),
    loss: 'sparse-categorical-crossentropy',
  })
  model.build([null, 4])
  const raw: number[][] = []
  const kept: number[][] = []
  const callback: Callback = {
    name: 'seen',
    onBatchEnd(_, run) {
      run.sync()
      raw.push(numbersOf(model))
      kept.push([...run.weights().values()].flatMap(({ data }) => [...data]))
    },
  }
  const data = points(12)
  const history = await withoutLeaks(() =>
    model.fit(data, { batchSize: 4, engine, callbacks: [callback], validationData: data }),
  )
  // Keras: the first average is the weight itself.
  let average = raw[0]!
  for (const [step, weights] of raw.entries()) {
    if (step > 0) {
      average = average.map((each, i) => momentum * each + (1 - momentum) * weights[i]!)
    }
    allClose(kept[step]!, average)
  }
  allClose(numbersOf(model), average)
  const { loss } = await model.evaluate(data, { engine })
  allClose(history.metrics.val_loss!, [loss!])
  model.dispose()
})

test('a class without samples has no say, whichever it is', async () => {
  for (const absent of [0, 1, 2]) {
    const samples = points(12)
    const labels = samples.labels.map((label) => (label === absent ? (absent + 1) % 3 : label))
    const model = new Plain()
    model.compile({ optimizer: sgd(), loss: 'sparse-categorical-crossentropy' })
    const { metrics } = await model.fit(
      { ...samples, labels: labels as Uint8Array },
      { engine, classWeights: 'balanced' },
    )
    assert.ok(Number.isFinite(metrics.loss![0]), String(absent))
    model.dispose()
  }
})

test('averages go on training from the weights themselves in the next epoch', async () => {
  const plain = await train(sgd({ learningRate: 0.5 }), { epochs: 2, batchSize: 4 })
  const raw: number[][] = []
  const model = new Plain()
  model.compile({
    optimizer: sgd({ learningRate: 0.5, average: 0.9 }),
    loss: 'sparse-categorical-crossentropy',
  })
  const callback: Callback = {
    name: 'raw',
    onBatchEnd(_, run) {
      run.sync()
      raw.push(numbersOf(model))
    },
  }
  const options = { epochs: 2, batchSize: 4, engine, shuffle: false, callbacks: [callback] }
  await model.fit(points(20), { ...options, validationData: points(5) })
  assert.equal(raw.at(-1), plain)
  model.dispose()
})

for (const each of ['tfjs', 'onnxruntime']) {
  test(`${each}: averages of what the loss does not reach are the weights themselves`, async () => {
    class Aside extends Model {
      readonly head = layers.dense({ units: 3, activation: 'softmax' })
      readonly aside = layers.dense({ units: 2, biasInitializer: 'ones' })
      override call(x: tf.Tensor): tf.Tensor {
        this.aside.apply(x)
        return this.head.apply(x)
      }
    }
    for (const accumulate of [1, 3]) {
      const model = new Aside()
      model.build([null, 4])
      const aside = () =>
        model
          .namedWeights()
          .filter(({ name }) => name.startsWith('aside'))
          .map(({ variable }) => [...variable.dataSync()])
      const before = aside()
      const optimizer = sgd({ learningRate: 0.5, average: 0.9 })
      model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
      const options = { engine: each, batchSize: 4, accumulate }
      await model.fit(points(20), { ...options, validationData: points(5) })
      assert.equal(aside(), before)
      // Weights that somebody changes between two runs are what the second one begins with.
      for (const { name, variable } of model.namedWeights()) {
        if (name.startsWith('aside')) variable.assign(tf.mul(variable, 2))
      }
      await model.fit(points(20), options)
      assert.equal(
        aside(),
        before.map((numbers) => numbers.map((value) => 2 * value)),
      )
      model.dispose()
    }
  })
}

test('averages before the first update are the weights', async () => {
  for (const at of ['onTrainBegin', 'onBatchEnd'] as const) {
    const model = new Plain()
    model.build([null, 4])
    const before = numbersOf(model)
    model.compile({ optimizer: sgd({ average: 0.9 }), loss: 'sparse-categorical-crossentropy' })
    const stop: Callback = {
      name: 'stop',
      [at]: (...args: unknown[]) => (args.at(-1) as TrainingRun).stop('enough'),
    }
    await model.fit(points(20), { engine, batchSize: 4, accumulate: 5, callbacks: [stop] })
    assert.equal(numbersOf(model), before, at)
    model.dispose()
  }
})

test('class weights multiply the loss of their samples', async () => {
  const lossWith = async (classWeights?: readonly number[]) => {
    const model = new Plain()
    const optimizer = sgd({ learningRate: 0 })
    model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
    const { metrics } = await model.fit(points(6), { engine, batchSize: 6, classWeights })
    model.dispose()
    return metrics.loss![0]!
  }
  const own = [
    await lossWith([1, 0, 0]),
    await lossWith([0, 1, 0]),
    await lossWith([0, 0, 1]),
  ] as const
  allClose([await lossWith()], [own[0] + own[1] + own[2]])
  allClose([await lossWith([0.5, 2, 3])], [0.5 * own[0] + 2 * own[1] + 3 * own[2]])
})

test('balanced weights give every class the same say', () => {
  const samples = { ...points(6), labels: Uint8Array.of(0, 0, 0, 2, 2, 4) }
  const use = (width: number, labels: Reading['labels']) => ({
    reading: { labels },
    outputShape: [width],
  })
  allClose(resolveClassWeights('balanced', labelsIn(samples), use(5, 'indices'))!, [
    2 / 3,
    0,
    1,
    0,
    2,
  ])
  // The model says how many classes there are, whichever of them have samples.
  for (const [labels, expected] of [
    [
      [1, 1, 2],
      [0, 0.75, 1.5],
    ],
    [
      [0, 0, 2],
      [0.75, 0, 1.5],
    ],
    [
      [0, 0, 1],
      [0.75, 1.5, 0],
    ],
    [
      [2, 2, 2],
      [0, 0, 1],
    ],
  ] as const) {
    const given = { ...points(3), labels: Int32Array.from(labels) }
    allClose(resolveClassWeights('balanced', labelsIn(given), use(3, 'indices'))!, [...expected])
    const column = { ...given, info: { ...given.info, labelShape: [1] } }
    allClose(resolveClassWeights('balanced', labelsIn(column), use(3, 'indices'))!, [...expected])
  }
  const zeros = { ...points(3), labels: Int32Array.of(0, 0, 0) }
  allClose(resolveClassWeights('balanced', labelsIn(zeros), use(1, 'yes-or-no'))!, [1, 0])
  const rows = {
    ...points(3),
    labels: Float32Array.of(1, 0, 1, 0, 0, 1),
    info: { ...points(3).info, labelShape: [2] },
  }
  allClose(resolveClassWeights('balanced', labelsIn(rows), use(2, 'shares'))!, [0.75, 1.5])
})

test('weights that cannot be used are refused', async () => {
  const optimizer = sgd()
  assert.is(
    await refusal(() => train(optimizer, { classWeights: [1, 2] })),
    'classWeights: there must be a weight for each of the 3 classes, got [1, 2]',
  )
  assert.is(
    await refusal(() => train(optimizer, { classWeights: [1, -2, 1] })),
    'fit: `classWeights` must be numbers from 0 on, in the order of the classes, or "balanced", got [1, -2, 1]',
  )
  assert.throws(
    () =>
      resolveClassWeights([1, 2], labelsIn(points(2)), {
        reading: { labels: 'yes-or-no' },
        outputShape: [2],
      }),
    /^fit: `classWeights` need samples of one class each, not several yes-or-no outputs, got \[1, 2\]$/,
  )
  const data = { ...points(3), labels: Float32Array.of(0.5, 1, 2) }
  assert.match(
    await refusal(() => train(optimizer, { classWeights: 'balanced' }, data)),
    /^fit: the label of sample 0 must be the index of a class, .*, got 0\.5\n/,
  )
  assert.throws(
    () => resolveClassWeights('balanced', labelsIn(data), { reading: {}, outputShape: undefined }),
    /^fit: balanced `classWeights` need labels that are class indices, got 0\.5$/,
  )
  assert.is(
    await refusal(() => train(optimizer, { accumulate: 0 })),
    'fit: `accumulate` must be a positive integer, got 0',
  )
})

test.run()
