import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { adam, samplesOf } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { tieredSuite, writeGraphModel } from '@ashlar/test-support'
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

/** What TensorFlow.js itself makes of a saved graph-model. */
async function predicted(path: string, x: tf.Tensor): Promise<ArrayLike<number>> {
  const { modelTopology, weightsManifest, ...rest } = JSON.parse(readFileSync(path, 'utf8'))
  const weightSpecs = weightsManifest[0].weights
  const bytes = readFileSync(join(dirname(path), weightsManifest[0].paths[0]))
  const weightData = Uint8Array.from(bytes).buffer
  const load = async () => ({ modelTopology, weightSpecs, weightData, ...rest })
  const model = await tf.loadGraphModel({ load })
  const result = model.predict(x) as tf.Tensor
  model.dispose()
  return result.dataSync()
}

test('a graph-model computes what it did, keeps its batch norm, is cut, trains and exports', () =>
  inFolder(async (folder) => {
    const path = await writeGraphModel(folder)
    const data = numbers(4 * 8 * 8 * 3, 4)
    const x = tf.tensor4d(data, [4, 8, 8, 3])
    const expected = await predicted(path, x)
    const model = await loadTfjs(folder)
    assert.equal(model.inputShape, [null, 8, 8, 3])
    allClose((model.apply(x) as tf.Tensor).dataSync(), expected)
    const weights = model.namedWeights().map(({ name, shape, trainable }) => {
      return `${name} ${shape}${trainable ? '' : ' (kept)'}`
    })
    const norm = 'net.norm.FusedBatchNormV3.BatchNormalization'
    assert.equal(weights, [
      'net.stem.Conv2D.Conv.weight_1 3,3,3,4',
      ...[`${norm}.weight_1 4`, `${norm}.weight_2 4`],
      ...[`${norm}.weight_3 4 (kept)`, `${norm}.weight_4 4 (kept)`],
      ...['net.wide.Relu6.Conv.weight_1 1,1,4,6', 'net.wide.Relu6.Conv.weight_2 6'],
      'net.depth.depthwise.Conv.weight_1 3,3,1,6',
      ...['net.scores.BiasAdd.Gemm.weight_1 6,3', 'net.scores.BiasAdd.Gemm.weight_2 3'],
    ])
    const feeds = { [model.signature()!.inputs[0]!.name]: { shape: [4, 8, 8, 3], data } }
    const before = model.namedWeights().map(({ variable }) => String(variable.dataSync()))
    model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'mse', metrics: [] })
    await model.fit(await samplesOf(x, tf.tensor(numbers(12, 8), [4, 3])), { epochs: 2 })
    const still = model
      .namedWeights()
      .filter(({ variable }, at) => String(variable.dataSync()) === before[at])
      .map(({ name }) => name)
    assert.equal(still, [])
    const { bytes } = await exportOnnx(model)
    const [output] = await runBytes(bytes, feeds)
    allClose(output!.data, (model.apply(x) as tf.Tensor).dataSync(), { absolute: 1e-5 })
    const other = await loadTfjs(path, {
      ...{ output: 'net/depth/Relu', head: { classes: 5 }, freeze: 'all-but-head' },
    })
    assert.equal(other.computeOutputShape([null, 8, 8, 3]), [null, 5])
    const trained = other.namedWeights().filter(({ trainable }) => trainable)
    assert.ok(trained.every(({ name }) => name.startsWith('head')))
    other.dispose()
    const frozen = await loadTfjs(path, { output: 'net.wide', freeze: ['net.stem.**'] })
    assert.equal(
      frozen.namedWeights().map(({ name, trainable }) => [name.split('.')[1], trainable]),
      [
        ['stem', false],
        ...[true, true, false, false].map((trains) => ['norm', trains]),
        ...[true, true].map((trains) => ['wide', trains]),
      ],
    )
    assert.equal(frozen.computeOutputShape([null, 8, 8, 3]), [null, 6, 4, 4])
    frozen.dispose()
    model.dispose()
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
