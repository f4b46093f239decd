import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel, registerCustomLayers } from '../../src/index.ts'
import { saveModel } from '../support/saved.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('custom layers')

class Doubled extends tf.layers.Layer {
  static className = 'Doubled'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, 2)
  }
}

test('exported layer classes are registered, other exports are not', () => {
  class Nameless extends tf.layers.Layer {}
  const other = { plugins: [], Nameless, tf, layer: tf.layers.dense }
  assert.equal(registerCustomLayers({ Doubled, ...other }), ['Doubled'])
})

test('a saved model with a custom layer loads and exports', async () => {
  await inScratch(async (folder) => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] }), new Doubled({})],
    })
    const path = await saveModel(model, join(folder, 'custom'))
    registerCustomLayers({ Doubled })
    const { report } = await exportOnnx(await loadTfjsModel(path))
    assert.ok(report.verification.passed)
    // The factor goes into the weights of the layer before.
    assert.is(report.file.nodes, 1)
  })
})

test.run()
