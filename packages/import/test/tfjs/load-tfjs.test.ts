import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adam, samplesOf } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { loadTfjs } from '../../src/index.ts'
import { numbers, runBytes } from '../support/make-onnx.ts'
import { saveLayers, smallLayers } from '../support/save-tfjs.ts'

const { test, slow } = tieredSuite('models of TensorFlow.js')

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-tfjs-test-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a layers-model computes what it did, keeps its batch norm, trains and exports; changed, it is read anew', () =>
  inFolder(async (folder) => {
    const original = smallLayers()
    await saveLayers(original, folder)
    const data = numbers(2 * 8 * 8 * 3, 4)
    const x = tf.tensor4d(data, [2, 8, 8, 3])
    const expected = original.predict(x) as tf.Tensor
    const model = await loadTfjs(folder)
    assert.equal(model.inputShape, [null, 8, 8, 3])
    allClose((model.apply(x) as tf.Tensor).dataSync(), expected.dataSync())
    const statistics = model.namedWeights().filter(({ trainable }) => !trainable)
    assert.is(statistics.length, 2)
    const { bytes } = await exportOnnx(model)
    const [output] = await runBytes(bytes, {
      [model.signature()!.inputs[0]!.name]: { shape: [2, 8, 8, 3], data },
    })
    allClose(output!.data, expected.dataSync())
    const other = await loadTfjs(join(folder, 'model.json'), {
      output: 'relu',
      head: { classes: 5 },
      freeze: 'all-but-head',
    })
    other.compile({ optimizer: adam(), loss: 'sparse-categorical-crossentropy' })
    const before = other.namedWeights().map(({ variable }) => variable.dataSync().slice())
    await other.fit(await samplesOf(x, tf.tensor1d([0, 4], 'int32')), { epochs: 1 })
    const changed = other
      .namedWeights()
      .filter(({ variable }, at) => String(variable.dataSync()) !== String(before[at]))
      .map(({ name }) => name)
    assert.ok(changed.length > 0)
    assert.ok(changed.every((name) => name.startsWith('head')))
    original.setWeights(original.getWeights().map((weight) => tf.mul(weight, 2)))
    await saveLayers(original, folder)
    const anew = (await loadTfjs(folder)).apply(x) as tf.Tensor
    allClose(anew.dataSync(), (original.predict(x) as tf.Tensor).dataSync())
  }))

slow('what cannot be converted is told with what is wrong', () =>
  inFolder(async (folder) => {
    const refused = (path: string) =>
      loadTfjs(path).then(
        () => '',
        (error: Error) => error.message,
      )
    assert.match(
      await refused(join(folder, 'nowhere')),
      /nowhere.*must be a model of TensorFlow.js/s,
    )
    writeFileSync(join(folder, 'model.json'), '{"format": "layers-model", "modelTopology"')
    assert.match(await refused(folder), 'must be a model of TensorFlow.js that can be converted')
    await saveLayers(smallLayers(), folder)
    writeFileSync(join(folder, 'weights.bin'), new Uint8Array(8))
    assert.match(await refused(folder), 'must be a model of TensorFlow.js that can be converted')
    assert.equal(readdirSync(folder).sort(), ['model.json', 'weights.bin'])
  }),
)

test.run()
