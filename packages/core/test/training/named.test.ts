import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  asModel,
  type FieldSamples,
  infoOfFields,
  type Layer,
  layers,
  Model,
  sgd,
  sparseCategoricalCrossentropy,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('several inputs and outputs')

const engine = 'tfjs'

/** Numbers of a linear model with two outputs, as PyTorch and Keras were given them. */
const X = [0.5, -1, 2, 1, 0.25, -0.5, -1.5, 0.75, 1, 0.1, 0.2, 0.3]
const CLASS = [0.2, -0.3, 0.5, 0.1, -0.4, 0.6]
const BOX = [0.3, -0.2, 0.7]
const WEIGHTS = [1, 0.5, 2, 0]

class Linear extends Model {
  readonly first: Layer = layers.dense({ units: 2, useBias: false })
  readonly second: Layer = layers.dense({ units: 1, useBias: false })
  override call({ left, right }: { left: tf.Tensor; right: tf.Tensor }) {
    const x = tf.concat([left, right], -1)
    return { class: this.first.apply(x), box: this.second.apply(x) }
  }
}

/** The three numbers of a sample as two fields. */
function samples(weights?: readonly number[]): FieldSamples {
  const rows = Array.from({ length: 4 }, (_, row) => X.slice(3 * row, 3 * row + 3))
  return {
    inputs: {
      left: Float32Array.from(rows.flatMap(([a]) => [a!])),
      right: Float32Array.from(rows.flatMap(([, b, c]) => [b!, c!])),
    },
    labels: { class: Uint8Array.of(0, 1, 1, 0), box: Float32Array.of(1, 0.5, -1, 0) },
    ...(weights && { weights: Float32Array.from(weights) }),
    length: 4,
    info: infoOfFields({
      inputs: {
        left: { shape: [1], dtype: 'float32' },
        right: { shape: [2], dtype: 'float32' },
      },
      outputs: {
        class: { shape: [], dtype: 'uint8', classes: ['no', 'yes'] },
        box: { shape: [1], dtype: 'float32' },
      },
    }),
  }
}

function linear(): Linear {
  const model = new Linear()
  model.build({ left: { shape: [null, 1] }, right: { shape: [null, 2] } })
  const [first, second] = model.namedWeights()
  first!.variable.assign(tf.tensor2d(CLASS, [3, 2]))
  second!.variable.assign(tf.tensor2d(BOX, [3, 1]))
  return model
}

function compiled(model: Model, learningRate = 1): Model {
  model.compile({
    optimizer: sgd({ learningRate }),
    loss: { class: sparseCategoricalCrossentropy({ fromLogits: true }), box: 'mse' },
    lossWeights: { box: 10 },
    metrics: { class: ['accuracy'] },
  })
  return model
}

test('the loss and its parts are those of PyTorch', async () => {
  const model = compiled(linear())
  const found = await model.evaluate(samples(), { engine })
  assert.equal(Object.keys(found), ['loss', 'class_loss', 'box_loss', 'class_accuracy'])
  allClose([found.loss!, found.class_loss!, found.box_loss!], [6.5912495, 1.1599996, 0.5431249], {
    relative: 1e-5,
  })
  model.dispose()
})

test('a step with weights of samples goes where PyTorch and Keras go', async () => {
  for (const engine of ['tfjs', 'onnxruntime']) {
    const model = compiled(linear(), 1)
    const log = await model.fit(samples(WEIGHTS), { batchSize: 4, engine, shuffle: false })
    allClose([log.epochs[0]!.metrics.loss!], [8.750074], { relative: 1e-5 })
    const gradient = [
      [-0.1606772, 0.1606772, 0.3186134, -0.3186134, -0.3997249, 0.3997249],
      [-16.124998, 4.124999, 19.25],
    ]
    for (const [at, { variable }] of model.namedWeights().entries()) {
      const before = at === 0 ? CLASS : BOX
      const moved = [...variable.dataSync()].map((value, i) => before[i]! - value)
      allClose(moved, gradient[at]!, { relative: 1e-4 })
    }
    model.dispose()
  }
})

test('weights of samples count in the evaluated loss, as in Keras', async () => {
  const model = compiled(linear())
  const found = await model.evaluate(samples(WEIGHTS), { engine })
  allClose([found.loss!, found.class_loss!, found.box_loss!], [8.7500734, 0.8438246, 0.7906249], {
    relative: 1e-5,
  })
  model.dispose()
})

test('a run with shuffled batches of both engines ends the same, and predicts by name', async () => {
  const ends = []
  for (const engine of ['tfjs', 'onnxruntime']) {
    const model = compiled(linear(), 0.01)
    await model.fit(samples(WEIGHTS), { epochs: 3, batchSize: 3, engine, seed: 2 })
    const { shape, outputs } = await model.predict(samples(), { engine, batchSize: 3 })
    assert.equal(shape, [4, 2])
    assert.equal(Object.keys(outputs!), ['class', 'box'])
    assert.equal(outputs!.box!.shape, [4, 1])
    ends.push([...outputs!.class!.data, ...outputs!.box!.data])
    model.dispose()
  }
  allClose(ends[0]!, ends[1]!, { relative: 1e-5 })
})

test('a functional model of several inputs and outputs is trained by its names', async () => {
  const left = tf.input({ shape: [1], name: 'left' })
  const right = tf.input({ shape: [2], name: 'right' })
  const x = layers.concatenate().apply([left, right])
  const network = tf.model({
    inputs: [left, right],
    outputs: [
      layers.dense({ units: 2, useBias: false, name: 'class' }).apply(x),
      layers.dense({ units: 1, useBias: false, name: 'box' }).apply(x),
    ],
  })
  const model = asModel(network)
  assert.equal(model.signature()?.outputs, ['class', 'box'])
  const own = linear()
  for (const [at, { variable }] of model.namedWeights().entries()) {
    variable.assign(own.namedWeights()[at]!.variable)
  }
  await compiled(model, 0.1).fit(samples(), { batchSize: 4, engine })
  await compiled(own, 0.1).fit(samples(), { batchSize: 4, engine })
  for (const [at, { variable }] of model.namedWeights().entries()) {
    allClose([...variable.dataSync()], [...own.namedWeights()[at]!.variable.dataSync()], {
      relative: 1e-6,
    })
  }
})

test('auto is spread over the outputs', async () => {
  const model = linear()
  model.compile({ optimizer: 'sgd', loss: 'auto', metrics: ['auto'] })
  const found = await model.evaluate(samples(), { engine })
  assert.equal(Object.keys(found), [
    'loss',
    'class_loss',
    'box_loss',
    'class_accuracy',
    'box_mean-absolute-error',
  ])
  model.dispose()
})

test('fields and outputs that do not fit are refused, by name', async () => {
  const { inputs, labels, info, length } = samples()
  const more = {
    ...{ inputs: { ...(inputs as object), extra: new Float32Array(4) }, labels, length },
    info: infoOfFields({
      inputs: { ...info.inputs, extra: { shape: [1], dtype: 'float32' } },
      outputs: info.outputs,
    }),
  } as FieldSamples
  const lone = new Linear()
  assert.match(
    await refusal(() => compiled(lone).fit(more, { engine })),
    /^Linear: samples must have no field that the model does not take: it takes left, right, got "extra"/,
  )
  assert.match(
    await refusal(() => compiled(linear()).fit(more, { engine })),
    /^Linear: the model takes the fields left, right, got "left, right, extra"/,
  )
  const [one3, two3] = [tf.ones([3, 1]), tf.ones([3, 2])]
  assert.match(
    await refusal(() => linear().apply({ left: one3, rigt: two3 })),
    /^Linear: the model takes the fields left, right, got "left, rigt"/,
  )
  tf.dispose([one3, two3])
  const { left } = info.inputs!
  const fewer = {
    ...{ inputs: { left: new Float32Array(4) }, labels, length },
    info: infoOfFields({ inputs: { left: left! }, outputs: info.outputs }),
  } as FieldSamples
  assert.match(
    await refusal(() => compiled(new Linear()).fit(fewer, { engine })),
    /^Linear: the model reads the field `right`, and samples have left/,
  )
  const other = linear()
  other.compile({ optimizer: 'sgd', loss: { class: 'sparse-categorical-crossentropy' } })
  assert.match(
    await refusal(() => other.fit(samples(), { engine })),
    /^loss: there must be a loss for each output that has labels: class, box, got "class"\n {2}box has none/,
  )
  const wrong = linear()
  wrong.compile({ optimizer: 'sgd', loss: { clas: 'mse', class: 'mse', box: 'mse' } })
  assert.match(
    await refusal(() => wrong.fit(samples(), { engine })),
    /output must be one of class, box, got "clas"/,
  )
  const one = linear()
  one.compile({ optimizer: 'sgd', loss: 'mse' })
  assert.match(
    await refusal(() => one.fit(samples(), { engine })),
    /^loss: losses and metrics must be by output where there are several: class, box, got "mean-squared-error"/,
  )
  const compile = (options: object) => refusal(() => linear().compile(options as never))
  assert.match(
    await compile({ optimizer: 'sgd', loss: { class: 'mse' }, metrics: { clas: [] } }),
    /^compile: output in metrics must be one of class, got "clas"/,
  )
  assert.match(
    await compile({ optimizer: 'sgd', loss: { class: 'mse' }, lossWeights: { class: -1 } }),
    /^compile: the loss weight of class must be a number from 0 on, got -1$/,
  )
  assert.match(
    await compile({ optimizer: 'sgd', loss: 'mse', lossWeights: { class: 1 } }),
    /^compile: `lossWeights` go with a loss for each output/,
  )
  const bad = { ...samples(), weights: Float32Array.of(1, -1, 1, 1) }
  assert.match(
    await refusal(() => compiled(linear()).fit(bad, { engine })),
    /^fit: the weight of sample 1 must be a finite number from 0 on, got -1$/,
  )
})

test('a model may ask whether it was given one tensor; a field `data` that nobody has is named all the same', async () => {
  class Either extends Model {
    readonly first: Layer = layers.dense({ units: 2 })
    readonly second: Layer = layers.dense({ units: 1 })
    override call(given: tf.Tensor | { left: tf.Tensor; right: tf.Tensor }) {
      const x = given instanceof tf.Tensor ? given : tf.concat([given.left, given.right], -1)
      return { class: this.first.apply(x), box: this.second.apply(x) }
    }
  }
  const model = compiled(new Either())
  assert.is((await model.fit(samples(), { engine })).steps, 1)
  model.dispose()
  class Mistaken extends Model {
    readonly first: Layer = layers.dense({ units: 2 })
    override call({ data }: { data: tf.Tensor }) {
      return { class: this.first.apply(data), box: data }
    }
  }
  assert.match(
    await refusal(() => compiled(new Mistaken()).fit(samples(), { engine })),
    /^Mistaken: the model reads the field `data`, and samples have left, right/,
  )
  class OfOne extends Model {
    readonly first: Layer = layers.dense({ units: 2 })
    override call(x: tf.Tensor) {
      return this.first.apply<tf.Tensor>(x.rank > 2 ? tf.mean(x, 1) : x)
    }
  }
  assert.match(
    await refusal(() => compiled(new OfOne()).fit(samples(), { engine })),
    /^OfOne: the model takes one tensor, and samples must have one input without a name, got "left, right"\n {2}Give the data one input/,
  )
})

test('a field may be called as what tensors have: `data`', async () => {
  class Either extends Model {
    readonly head: Layer = layers.dense({ units: 2 })
    override call(given: tf.Tensor | { data: tf.Tensor; right: tf.Tensor }) {
      const x = given instanceof tf.Tensor ? given : tf.concat([given.data, given.right], -1)
      return this.head.apply<tf.Tensor>(x)
    }
  }
  const [data, right] = [tf.ones([3, 1]), tf.ones([3, 2])]
  const model = new Either()
  const made = model.apply({ data, right }) as tf.Tensor
  assert.equal(made.shape, [3, 2])
  tf.dispose([data, right, made])
  model.dispose()
})

test('places whose label is to be ignored do not count', async () => {
  class Same extends Model {
    readonly scale: Layer = layers.dense({
      units: 3,
      useBias: false,
      kernelInitializer: 'identity',
    })
    override call(x: tf.Tensor): tf.Tensor {
      return this.scale.apply(x)
    }
  }
  for (const engine of ['tfjs', 'onnxruntime']) {
    const model = new Same()
    const loss = sparseCategoricalCrossentropy({ fromLogits: true, ignoreIndex: -1 })
    model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] })
    const data = {
      inputs: Float32Array.from({ length: 24 }, (_, at) => (at % 7) / 3),
      labels: Int32Array.of(0, 2, -1, -1, 1, -1, 2, 0),
      length: 2,
      info: infoOfFields({
        input: { shape: [4, 3], dtype: 'float32' },
        output: { shape: [4], dtype: 'int32', classes: ['a', 'b', 'c'] },
      }),
    }
    const found = await model.evaluate(data, { engine })
    // torch.nn.functional.cross_entropy(..., ignore_index=-1)
    allClose([found.loss!], [1.0314883], { relative: 1e-5 })
    // Of the five that count, those whose largest number is the label's.
    const right = [0, 1, 4, 6, 7].filter((row) => {
      const own = [...data.inputs.subarray(3 * row, 3 * row + 3)]
      return own.indexOf(Math.max(...own)) === data.labels[row]
    })
    allClose([found.accuracy!], [right.length / 5], { relative: 1e-6 })
    model.dispose()
  }
})

test.run()
