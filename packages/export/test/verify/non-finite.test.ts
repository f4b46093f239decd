import { asModel, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, verifyModelFile } from '../../src/index.ts'
import { images, tinyNet } from '../support/models.ts'
import { refusal } from '../support/refusal.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('models that give no numbers')

/** Puts a number into the weight whose name ends so. */
function spoil(model: Model, ending: string, value: number, index = 0): void {
  const { variable, shape } = model.namedWeights().find(({ name }) => name.endsWith(ending))!
  const data = variable.dataSync().slice() as Float32Array
  data[index] = value
  variable.assign(tf.tensor(data, [...shape]))
}

for (const [value, ending] of [
  [Number.NaN, 'conv.kernel'],
  [Number.POSITIVE_INFINITY, 'head.bias'],
  [Number.NEGATIVE_INFINITY, 'head.kernel'],
  [Number.NaN, 'norm.moving_mean'],
  [Number.POSITIVE_INFINITY, 'norm.moving_variance'],
] as const) {
  test(`${value} in ${ending} is refused, exported or verified`, () =>
    inScratch(async (folder) => {
      const path = `${folder}/model.onnx`
      const model = tinyNet()
      await exportOnnx(model, { path })
      spoil(model, ending, value)
      const message = new RegExp(
        `: weight ${ending} must be finite, got "${value} at \\[0\\]"\\n {2}Training has diverged`,
      )
      assert.match((await refusal(() => exportOnnx(model))).message, message)
      assert.match((await refusal(() => verifyModelFile(path, model))).message, message)
      model.dispose()
    }))
}

test('a saved model of layers is looked at as well', async () => {
  const network = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })
  spoil(asModel(network), 'kernel', Number.NaN, 4)
  assert.match(
    (await refusal(() => exportOnnx(network))).message,
    /^export of Sequential: weight \S*kernel must be finite, got "NaN at \[4\]"/,
  )
  network.dispose()
})

const huge = tf.initializers.constant({ value: 1e30 })

/** Finite weights whose outputs are none. */
class Huge extends Model {
  readonly first = layers.dense({ units: 2, kernelInitializer: huge })
  readonly second = layers.dense({ units: 2, kernelInitializer: huge })
  override call(x: tf.Tensor): tf.Tensor {
    return this.second.apply(this.first.apply(x))
  }
}

test('outputs that are infinite for all that is tried are refused', async () => {
  const model = new Huge()
  model.build([null, 3])
  assert.match(
    (await refusal(() => exportOnnx(model))).message,
    /^export of Huge: output output of the model must be finite, but it is NaN or infinite for all inputs but zeros\n {2}Has training diverged\?/,
  )
  model.dispose()
})

/** Takes the logarithm of pixels, and is no number for what pixels never are. */
class Logarithm extends Model {
  readonly dense = layers.dense({ units: 3 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(tf.reshape(tf.log(x), [-1, 64]))
  }
}

test('real samples must give numbers', async () => {
  const model = new Logarithm()
  model.build([null, 8, 8, 1])
  const black = images(20)
  assert.match(
    (
      await refusal(() =>
        exportOnnx(model, { samples: { ...black, inputs: new Uint8Array(20 * 64) } }),
      )
    ).message,
    /^export of Logarithm: output output of the model must be finite, but it is NaN or infinite for \d+ of \d+ real inputs\n/,
  )
  const bright = { ...black, inputs: (black.inputs as Uint8Array).map((each) => 1 + (each >> 1)) }
  const { report } = await exportOnnx(model, { samples: bright })
  assert.ok(report.verification.passed)
  model.dispose()
})

test('a model that takes nothing below 0 is tried from 0 to 1', async () => {
  const model = new Logarithm()
  model.build([null, 8, 8, 1])
  const { report } = await exportOnnx(model)
  assert.ok(report.verification.passed)
  assert.ok(report.verification.cases.length > 5)
  model.dispose()
})

/** Hides the future from attention, by a weight that is not trained or by a constant. */
class Masked extends Model {
  readonly dense = layers.dense({ units: 4 })
  readonly mask
  constructor(mask: tf.Tensor) {
    super()
    this.mask = mask
  }
  override call(x: tf.Tensor): tf.Tensor {
    const scores = tf.matMul(x, x, false, true)
    return this.dense.apply(tf.matMul(tf.softmax(tf.add(scores, this.mask)), x))
  }
}

/** A weight that is not trained. */
class Buffer extends tf.layers.Layer {
  static className = 'Buffer'
  mask: tf.LayerVariable | undefined
  override build(): void {
    this.mask = this.addWeight('mask', [3], 'float32', tf.initializers.zeros(), undefined, false)
    this.mask.write(tf.tensor1d([0, Number.NEGATIVE_INFINITY, 2]))
    this.built = true
  }
  override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(x) ? x : [x]
    return tf.add(input!, this.mask!.read())
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape
  }
}

test('infinities that are meant stay: masks as constants and as weights, hidden logits', async () => {
  const hidden = Number.NEGATIVE_INFINITY
  const mask = tf.tensor2d([
    [0, hidden, hidden],
    [0, 0, hidden],
    [0, 0, 0],
  ])
  const attention = new Masked(mask)
  attention.build([null, 3, 4])
  assert.ok((await exportOnnx(attention)).report.verification.passed)
  const logits = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [4] }), new Buffer({})],
  })
  assert.ok((await exportOnnx(logits)).report.verification.passed)
  // The logarithm of a number below 0 is NaN by any program: a function says what it says.
  const { report } = await exportOnnx((x) => tf.log(tf.neg(tf.square(x))), {
    inputs: { x: { shape: [null, 3] } },
  })
  assert.ok(report.verification.passed)
  attention.dispose()
  logits.dispose()
})

test.run()
