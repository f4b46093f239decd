import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Samples } from '@ashlar/core'
import { allClose, testPlugins } from '@ashlar/core/testing'
import { DataError } from '@ashlar/errors'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { exporterPlugins, exportOnnx, onnxExporter } from '../src/index.ts'
import { endlessModel } from './support/hostile.ts'
import { images, tinyNet } from './support/models.ts'
import { refusal } from './support/refusal.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('predict of an exported file')

testPlugins(test, exporterPlugins, {
  exporter: { onnx: [{}, { options: { layout: 'nchw', opset: 18 } }] },
})

for (const layout of ['nhwc', 'nchw'] as const) {
  test(`gives what the model gives, all samples in their order, images ${layout}`, () =>
    inScratch(async (folder) => {
      const model = tinyNet()
      const file = join(folder, 'model.onnx')
      const exporter = onnxExporter({ layout })
      await model.export(file, exporter)
      const samples = images(300)
      const [found, expected] = [
        await exporter.predict!(file, samples),
        await model.predict(samples, { engine: 'tfjs' }),
      ]
      assert.equal(found.shape, expected.shape)
      allClose(found.data, expected.data, { absolute: 1e-5 })
      model.dispose()
    }))
}

test('says what does not fit', () =>
  inScratch(async (folder) => {
    const [two, small, none] = ['two', 'small', 'none'].map((name) => join(folder, name))
    const shape = [null, 4]
    await exportOnnx((a, b) => tf.add(a!, b!), {
      path: two,
      inputs: { a: { shape }, b: { shape } },
    })
    await exportOnnx((x) => tf.add(x!, 1), { path: small, inputs: { x: { shape } } })
    await writeFile(none!, 'hello')
    const { predict } = onnxExporter()
    for (const [file, told] of [
      [two, /two: must take what samples have: one input, got "a, b"/],
      [small, /small: must take batches of samples of shape \[8, 8, 1\]/],
      [none, /none: must be an ONNX model/],
    ] as const) {
      const error = await refusal(() => predict!(file!, images(4)))
      assert.instance(error, DataError)
      assert.match(error.message, told)
    }
  }))

slow('a file that never ends is stopped', () =>
  inScratch(async (folder) => {
    const file = join(folder, 'endless')
    await writeFile(file, endlessModel())
    const samples: Samples = {
      inputs: new Float32Array(8),
      labels: Uint8Array.of(0, 1),
      length: 2,
      info: { inputShape: [4], labelShape: [], inputDtype: 'float32', inputRange: [0, 1] },
    }
    const error = await refusal(() => onnxExporter().predict!(file, samples, { seconds: 2 }))
    assert.instance(error, DataError)
    assert.match(error.message, /endless: must be done within 2 s/)
  }),
)

test.run()
