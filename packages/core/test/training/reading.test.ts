import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  adam,
  binaryCrossentropy,
  categoricalCrossentropy,
  type Loss,
  layers,
  Model,
  type Samples,
  sparseCategoricalCrossentropy,
} from '../../src/index.ts'

const test = suite('how outputs and labels are read')
const engine = 'tfjs'

type End = (x: tf.Tensor) => tf.Tensor

/** A dense layer with some end, for samples of 2 numbers. */
class Net extends Model {
  readonly dense
  readonly end: End
  constructor(units: number, end: End = (x) => x) {
    super({ seed: 3 })
    this.dense = layers.dense({ units })
    this.end = end
  }
  override call(x: tf.Tensor): tf.Tensor {
    return this.end(this.dense.apply(x))
  }
}

/** Two numbers; the class is which of them is larger. */
function samples(length: number, labels: 'classes' | 'one-hot' | 'numbers' = 'classes'): Samples {
  const inputs = Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(i * 7.3))
  const classes = Int32Array.from({ length }, (_, i) => Number(inputs[2 * i]! < inputs[2 * i + 1]!))
  const oneHot = Float32Array.from({ length: 2 * length }, (_, i) =>
    Number(classes[i >> 1] === i % 2),
  )
  const numbers = Float32Array.from({ length }, (_, i) => 3 * inputs[2 * i]! + 0.25)
  const made = { classes, 'one-hot': oneHot, numbers }[labels]
  const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  const labelShape = labels === 'one-hot' ? [2] : []
  const info = { inputShape: [2], labelShape, inputDtype: 'float32', inputRange: infinite } as const
  return { inputs, labels: made, length, info }
}

const softmax: End = (x) => tf.softmax(x)
const sigmoid: End = (x) => tf.sigmoid(x)

/** The loss that a model has before it is trained, to be held against one that is told. */
async function lossOf(net: Model, loss: Loss | string, data: Samples): Promise<number> {
  net.compile({ optimizer: 'adam', loss })
  return (await net.evaluate(data, { engine })).loss!
}

const kinds: readonly [
  what: string,
  end: End,
  units: number,
  make: (fromLogits?: boolean) => Loss,
  fromLogits: boolean,
  labels: 'classes' | 'one-hot',
][] = [
  [
    'logits of classes',
    (x) => x,
    2,
    (fromLogits) => sparseCategoricalCrossentropy({ fromLogits }),
    true,
    'classes',
  ],
  [
    'a softmax',
    softmax,
    2,
    (fromLogits) => sparseCategoricalCrossentropy({ fromLogits }),
    false,
    'classes',
  ],
  [
    'one-hot labels',
    (x) => tf.mul(x, 3),
    2,
    (fromLogits) => categoricalCrossentropy({ fromLogits }),
    true,
    'one-hot',
  ],
  [
    'two yes or no',
    (x) => x,
    2,
    (fromLogits) => binaryCrossentropy({ fromLogits }),
    true,
    'one-hot',
  ],
  ['a logit', (x) => x, 1, (fromLogits) => binaryCrossentropy({ fromLogits }), true, 'classes'],
  ['a sigmoid', sigmoid, 1, (fromLogits) => binaryCrossentropy({ fromLogits }), false, 'classes'],
  [
    'a softmax by hand',
    (x) => tf.div(tf.exp(x), tf.sum(tf.exp(x), -1, true)),
    2,
    (fromLogits) => sparseCategoricalCrossentropy({ fromLogits }),
    false,
    'classes',
  ],
  [
    'the mean of two softmaxes',
    (x) => tf.div(tf.add(tf.softmax(x), tf.softmax(tf.neg(x))), 2),
    2,
    (fromLogits) => sparseCategoricalCrossentropy({ fromLogits }),
    false,
    'classes',
  ],
]

for (const [what, end, units, make, fromLogits, labels] of kinds) {
  test(`${what}: the loss is told by the model`, async () => {
    const data = samples(9, labels)
    const derived = await lossOf(new Net(units, end), make(), data)
    const told = await lossOf(new Net(units, end), make(fromLogits), data)
    assert.is(derived, told)
  })

  test(`${what}: the loss may not be told otherwise`, async () => {
    const net = new Net(units, end)
    net.compile({ optimizer: 'adam', loss: make(!fromLogits) })
    const data = samples(9, labels)
    // What is positive without a bound may be probabilities that are to be scaled.
    const refused = await net.fit(data, { engine }).then(
      () => '',
      (error: Error) => error.message,
    )
    if (what === 'a softmax by hand') return assert.is(refused, '')
    assert.match(
      refused,
      fromLogits
        ? /^fit: .*crossentropy: the model must give probabilities, as `fromLogits` is false, and Net gives logits: its outputs can be below zero\n {2}Leave `fromLogits` out/
        : /^fit: .*crossentropy: the model must give logits, as `fromLogits` is true, and Net gives probabilities: its outputs lie between 0 and 1\n/,
    )
  })
}

test('the accuracy of one logit is held against 0', async () => {
  const data = samples(400)
  const net = new Net(1)
  net.compile({
    optimizer: adam({ learningRate: 0.1 }),
    loss: 'binary-crossentropy',
    metrics: ['accuracy'],
  })
  await net.fit(data, { engine, epochs: 4, batchSize: 16 })
  const { accuracy } = await net.evaluate(data, { engine })
  assert.ok(accuracy! > 0.95, String(accuracy))
})

test('loss and metric auto are those of the labels', async () => {
  const cases = [
    [new Net(2), samples(6), 'sparse-categorical-crossentropy', 'accuracy'],
    [new Net(1), samples(6), 'binary-crossentropy', 'accuracy'],
    [new Net(1), samples(6, 'numbers'), 'mean-squared-error', 'mean-absolute-error'],
  ] as const
  for (const [net, data, loss, metric] of cases) {
    net.compile({ optimizer: 'adam', loss: 'auto', metrics: ['auto'] })
    const found = await net.evaluate(data, { engine })
    assert.equal(Object.keys(found), ['loss', metric])
    assert.is(net.compiled('test').heads[0]!.loss.name, loss)
    assert.is(found.loss, await lossOf(net, loss, data))
  }
})

test('the metric auto beside the one that it comes to is one', async () => {
  const net = new Net(2)
  net.compile({ optimizer: 'adam', loss: 'auto', metrics: ['accuracy', 'auto'] })
  assert.equal(Object.keys(await net.evaluate(samples(6), { engine })), ['loss', 'accuracy'])
})

test('a softmax over one output is refused', async () => {
  const net = new Net(1, softmax)
  net.compile({ optimizer: 'adam', loss: 'mse' })
  assert.match(
    await refusal(() => net.fit(samples(6, 'numbers'), { engine })),
    /^fit: Net: the output must depend on the samples, and it is always 1\n {2}A softmax over one output is 1/,
  )
})

for (const metric of ['accuracy', 'binary-accuracy', 'categorical-accuracy', 'top-k']) {
  test(`${metric} of a regression is refused`, async () => {
    const net = new Net(1)
    net.compile({ optimizer: 'adam', loss: 'mse', metrics: [metric] })
    assert.match(
      await refusal(() => net.fit(samples(6, 'numbers'), { engine })),
      /^fit: metric .*: it counts right answers, and with mean-squared-error labels are numbers to come near to, got .*\n {2}Numbers go with mean-absolute-error/,
    )
  })
}

test('squares of yes and no may be counted', async () => {
  const net = new Net(2, softmax)
  net.compile({ optimizer: 'adam', loss: 'mse', metrics: ['accuracy'] })
  await net.fit(samples(6, 'one-hot'), { engine })
})

test('options of a cross-entropy are refused where labels are numbers', async () => {
  const net = new Net(1)
  const { autoLoss } = await import('../../src/index.ts')
  net.compile({ optimizer: 'adam', loss: autoLoss({ labelSmoothing: 0.1 }) })
  assert.match(
    await refusal(() => net.fit(samples(6, 'numbers'), { engine })),
    /^loss auto: labels are numbers, which mean-squared-error goes with, and it has no such option/,
  )
})

test.run()
