import { withoutLeaks } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../src/index.ts'
import { everyLayer, modelOf, refusedLayers } from './support/every-layer.ts'
import { refusal } from './support/refusal.ts'

const { test, slow } = tieredSuite('layers of TensorFlow.js')

const some = oneIn(9, { test, slow })
for (const example of everyLayer) {
  const { layer, name = '' } = example
  some(`${layer} ${name}`.trim(), async () => {
    const { report } = await withoutLeaks(async () => {
      const model = modelOf(example)
      const exported = await exportOnnx(model)
      model.dispose()
      return exported
    })
    assert.ok(report.verification.passed)
    assert.ok(report.verification.cases.length >= 5)
  })
}

test('all of them have an example or a reason', () => {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const known = new Set([...everyLayer.map(({ layer }) => layer), ...Object.keys(refusedLayers)])
  const layerNames = Object.keys(classNameMap).filter((name) => isLayer(classNameMap[name]![0]))
  assert.ok(layerNames.length > 60)
  assert.equal(
    layerNames.filter((name) => !known.has(name)),
    [],
  )
})

test('a layer that reads numbers is refused with its name', async () => {
  class Reading extends tf.layers.Layer {
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const [x] = [inputs].flat() as [tf.Tensor]
      return tf.mul(x, x.dataSync()[0]!)
    }
    static readonly className = 'Reading'
  }
  const input = tf.input({ shape: [1] })
  const reading = new Reading({ name: 'reading' })
  const model = tf.model({ inputs: input, outputs: reading.apply(input) as tf.SymbolicTensor })
  const { message } = await refusal(() => exportOnnx(model))
  assert.match(message, /capture of layer reading.*numbers must not be read/)
})

/** Models are layers too, but are made of others. */
function isLayer(create: unknown): boolean {
  const { prototype } = create as { prototype?: object }
  return prototype instanceof tf.layers.Layer && !(prototype instanceof tf.LayersModel)
}

test.run()
