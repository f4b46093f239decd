import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('regularizers by name')

/** Of the weights 1, -2, 3: sums of magnitudes 6, of squares 14. */
const penalties: Readonly<Record<string, number>> = {
  l1: 0.06,
  L1: 0.06,
  l2: 0.14,
  L2: 0.14,
  l1_l2: 0.2,
  l1l2: 0.2,
  L1L2: 0.2,
}

for (const [name, expected] of Object.entries(penalties)) {
  test(`${name} is as in Keras, in layers of both makers`, () => {
    tf.tidy(() => {
      for (const make of [layers.dense, tf.layers.dense]) {
        const layer = make({ units: 1, inputShape: [3], kernelRegularizer: name })
        layer.apply(tf.zeros([1, 3]))
        layer.setWeights([tf.tensor2d([[1], [-2], [3]]), tf.tensor1d([5])])
        const found = layer.losses.map((penalty) => (penalty as () => tf.Scalar)().dataSync()[0]!)
        allClose(found, [expected])
      }
    })
  })
}

test('a strength that a file of Keras gives is taken', () => {
  const config = { className: 'L2', config: { l2: 0.5 } }
  const layer = layers.dense({ units: 1, kernelRegularizer: config as unknown as string })
  assert.equal(layer.getConfig().kernelRegularizer, {
    className: 'L1L2',
    config: { l1: 0, l2: 0.5 },
  })
})

test.run()
