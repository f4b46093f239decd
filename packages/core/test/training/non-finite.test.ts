import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Callback,
  earlyStopping,
  type History,
  layers,
  Model,
  samplesOf,
  sgd,
} from '../../src/index.ts'

const test = suite('runs that diverge')

class Net extends Model {
  readonly dense = layers.dense({ units: 1 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(x)
  }
}

/** Its statistics are those of a batch in training, and its own in validation. */
class Normed extends Model {
  readonly norm = layers.batchNormalization()
  readonly dense = layers.dense({ units: 1 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(this.norm.apply(x))
  }
}

const some = await samplesOf(tf.tensor2d([[10], [20]]), tf.tensor1d([1, 2]))
const engines = ['tfjs', 'onnxruntime']

for (const engine of engines) {
  test(`${engine}: in the last step`, async () => {
    const model = new Net()
    model.compile({ optimizer: sgd({ learningRate: 3e38 }), loss: 'mse' })
    let ended: History | undefined
    const keep: Callback = {
      name: 'keep',
      onTrainEnd(history) {
        ended = history
      },
    }
    assert.match(
      await refusal(() => model.fit(some, { engine, callbacks: [keep, earlyStopping()] })),
      /^step 0: weight dense\.kernel must stay finite, got "-?Infinity at \[0\]"\n {2}Try a lower learning rate/,
    )
    assert.is(ended?.outcome, 'failed')
    model.dispose()
  })

  test(`${engine}: in the average of its weights`, async () => {
    const model = new Net()
    model.compile({ optimizer: sgd({ learningRate: 3e38, average: 0.9 }), loss: 'mse' })
    assert.match(await refusal(() => model.fit(some, { engine })), /^step 0: weight dense\.kernel/)
    model.dispose()
  })

  test(`${engine}: in a moving statistic, which training does not show`, async () => {
    const model = new Normed()
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'mse' })
    const huge = await samplesOf(tf.tensor2d([[-3e38], [3e38]]), tf.tensor1d([1, 2]))
    assert.match(
      await refusal(() => model.fit(huge, { engine })),
      /^step 0: (the loss must stay a number|weight \S+ must stay finite)/,
    )
    model.dispose()
  })

  test(`${engine}: in validation`, async () => {
    const model = new Net()
    model.build([null, 1])
    for (const { variable, shape } of model.namedWeights()) {
      variable.assign(tf.fill([...shape], 1e30))
    }
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'mae' })
    const zero = await samplesOf(tf.tensor2d([[0], [0]]), tf.tensor1d([1, 2]))
    const far = await samplesOf(tf.tensor2d([[0], [1e20], [3e38]]), tf.tensor1d([1, 2, 3]))
    assert.match(
      await refusal(() => model.fit(zero, { engine, validationData: far })),
      /^validation after epoch 1: the outputs of the model must be finite, got "NaN or Infinity for 2 of 3 samples"\n {2}Its weights are finite\./,
    )
    model.dispose()
  })

  test(`${engine}: when it is evaluated, with the weight that is to blame`, async () => {
    const model = new Net()
    model.build([null, 1])
    model.compile({ optimizer: 'sgd', loss: 'mse' })
    model.namedWeights()[0]!.variable.assign(tf.tensor2d([[Number.NaN]]))
    assert.match(
      await refusal(() => model.evaluate(some, { engine })),
      /^evaluate: the outputs of the model must be finite, got "NaN or Infinity for 2 of 2 samples"\n {2}Weight dense\.kernel has NaN at \[0\]: training has diverged/,
    )
    model.dispose()
  })

  test(`${engine}: a loss that is too large for float32 is told as it is`, async () => {
    const model = new Net()
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'mse' })
    const far = await samplesOf(tf.tensor2d([[1]]), tf.tensor1d([1e25]))
    const { metrics } = await model.fit(some, { engine, validationData: far })
    assert.equal(metrics.val_loss, [Number.POSITIVE_INFINITY])
    model.dispose()
  })

  test(`${engine}: hidden logits are no divergence`, async () => {
    class Hidden extends Model {
      readonly dense = layers.dense({ units: 3 })
      readonly mask = tf.tensor1d([0, 0, Number.NEGATIVE_INFINITY])
      override call(x: tf.Tensor): tf.Tensor {
        return tf.add(this.dense.apply(x), this.mask)
      }
    }
    const model = new Hidden()
    // The loss is that of the two that are shown.
    const loss = {
      name: 'shown',
      perSample: ({ predictions }: { predictions: tf.Tensor }) =>
        tf.sum(tf.square(tf.slice(predictions, [0, 0], [-1, 2])), 1),
    }
    model.compile({ optimizer: sgd({ learningRate: 1e-4 }), loss })
    const { outcome } = await model.fit(some, { engine, validationData: some })
    assert.is(outcome, 'finished')
    model.dispose()
  })
}

test('an infinity that a weight had before, and that nobody trains, stays', async () => {
  class Buffer extends tf.layers.Layer {
    static className = 'MaskBuffer'
    mask: tf.LayerVariable | undefined
    override build(): void {
      this.mask = this.addWeight('mask', [2], 'float32', tf.initializers.zeros(), undefined, false)
      this.mask.write(tf.tensor1d([0, Number.NEGATIVE_INFINITY]))
      this.built = true
    }
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const [input] = Array.isArray(x) ? x : [x]
      return tf.mul(input!, tf.exp(this.mask!.read()))
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape
    }
  }
  class Masked extends Model {
    readonly wide = layers.dense({ units: 2 })
    readonly buffer = new Buffer({})
    readonly head = layers.dense({ units: 1 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.head.apply(this.buffer.apply(this.wide.apply(x)) as tf.Tensor)
    }
  }
  const model = new Masked()
  model.compile({ optimizer: sgd({ learningRate: 1e-4 }), loss: 'mse' })
  const { outcome } = await model.fit(some, { engine: 'tfjs' })
  assert.is(outcome, 'finished')
  model.dispose()
})

test.run()
