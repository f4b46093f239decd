import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { writeGraphModel } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { PICTURE_CLASSES, writePictures } from '../support/pictures.ts'
import { inScratch } from '../support/scratch.ts'
import { served } from '../support/served.ts'

const test = suite('experiments on networks of files')

/** Pictures of 8x8 with channels first, as torch's exporter would have them, with a matrix that is large enough for adapters. */
async function writeOnnx(path: string): Promise<void> {
  const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.4, 'float32', seed)
  const [kernel, hidden, scores] = [
    normal([3, 3, 3, 16], 1) as tf.Tensor4D,
    normal([16, 12], 2) as tf.Tensor2D,
    normal([12, 2], 3) as tf.Tensor2D,
  ]
  const network = (x: tf.Tensor) => {
    const maps = tf.relu(tf.conv2d(x as tf.Tensor4D, kernel, 1, 'same'))
    const features = tf.mean(maps, [1, 2]) as tf.Tensor2D
    return tf.matMul(tf.relu(tf.matMul(features, hidden)), scores)
  }
  await exportOnnx(network, { path, layout: 'nchw', inputs: { x: { shape: [null, 8, 8, 3] } } })
}

/** A layers-model beside the graph-model. */
async function writeLayersModel(folder: string): Promise<void> {
  const { layers } = tf
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        ...{ name: 'stem', inputShape: [8, 8, 3], filters: 8, kernelSize: 3 },
        kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }),
      }),
      layers.batchNormalization({ name: 'norm' }),
      layers.reLU({ name: 'relu' }),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'scores', units: 5, kernelInitializer: 'zeros' }),
    ],
  })
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['layers.bin'], weights: weightSpecs }]
      const json = { format: 'layers-model', modelTopology, weightsManifest }
      await writeFile(join(folder, 'layers.json'), JSON.stringify(json))
      await writeFile(join(folder, 'layers.bin'), new Uint8Array(weightData as ArrayBuffer))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
}

const experiment = (model: string, rest = '') => `model: ${model}
dataset: { name: image-folder, folder: pictures, test: pictures, size: [8, 8] }
loss: { name: sparse-categorical-crossentropy, fromLogits: true }
metrics: [accuracy]
batchSize: 8
epochs: 12
${rest}`

interface Trained {
  readonly run: string
  readonly test: { readonly accuracy: number }
  readonly export: {
    readonly path: string
    readonly report: { readonly verification: { readonly passed: boolean } }
  }
}

const run = (folder: string, ...changes: readonly string[]) =>
  ashlarJson<Trained>('run', join(folder, 'e.yaml'), ...changes, '--out', join(folder, 'runs'))

for (const [name, file, output] of [
  ['a graph-model', 'model.json', 'net/depth/Relu'],
  ['a layers-model', 'layers.json', 'relu'],
] as const) {
  test(`${name} of TensorFlow.js: cut, with a new head, trained, exported and evaluated`, () =>
    inScratch({}, async (folder) => {
      await writePictures(join(folder, 'pictures'), 8)
      await writeGraphModel(folder)
      await writeLayersModel(folder)
      const model = `{ name: tfjs, path: ${file}, output: ${output}, head: { classes: 2 }, freeze: all-but-head }`
      await writeFile(
        join(folder, 'e.yaml'),
        experiment(model, 'optimizer: { name: adam, learningRate: 0.05 }\n'),
      )
      const trained = await run(folder)
      assert.ok(trained.export.report.verification.passed)
      assert.ok(trained.test.accuracy > 0.9, `${trained.test.accuracy}`)
      const { code, out, err } = await ashlar('evaluate', trained.run, '--on', 'both')
      assert.is(code, 0, err)
      assert.match(out, /accuracy/)
      const whole = await run(folder, 'model.freeze=[]', 'epochs=1')
      assert.ok(whole.export.report.verification.passed)
      const missing = await ashlar('run', join(folder, 'e.yaml'), 'model.output=net/depht/Relu')
      assert.is(missing.code, 2)
      assert.match(missing.err, 'the network must have a layer, node or value of the name')
    }))
}

test('an ONNX network whose pictures are scaled and normalized is one file with that, and is served, asked, shown and evaluated', () =>
  inScratch({}, async (folder) => {
    const pictures = await writePictures(join(folder, 'pictures'), 8)
    const original = join(folder, 'net.onnx')
    await writeOnnx(original)
    const [mean, std] = [
      [0.5, 0.25, 0.4],
      [0.2, 0.5, 0.3],
    ] as const
    const model = `{ name: onnx, path: net.onnx, size: [8, 8], mean: [${mean}], std: [${std}] }`
    // So small a rate that the network stays what it was.
    const idle = 'optimizer: { name: sgd, learningRate: 1.0e-12, momentum: 0 }\n'
    await writeFile(
      join(folder, 'e.yaml'),
      experiment(model, idle).replace('size: [8, 8] }\nloss', 'size: [12, 12] }\nloss'),
    )
    const trained = await run(folder, 'epochs=1')
    const bytes = Uint8Array.from({ length: 2 * 432 }, (_, at) => (at * 37) % 256)
    const [small] = tf.tidy(() => {
      const images = tf.div(tf.tensor4d(Array.from(bytes), [2, 12, 12, 3]), 255) as tf.Tensor4D
      const sized = tf.image.resizeBilinear(images, [8, 8], false, true)
      const whole = tf.div(tf.sub(sized, [...mean]), [...std])
      return [tf.transpose(whole, [0, 3, 1, 2]).dataSync() as Float32Array]
    })
    const outputOf = async (path: string, data: Float32Array | Uint8Array, ...shape: number[]) => {
      const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 })
      const type = data instanceof Uint8Array ? 'uint8' : 'float32'
      const feeds = {
        [session.inputNames[0]!]: new ort.Tensor(type as 'float32', data as Float32Array, shape),
      }
      const results = await session.run(feeds)
      await session.release()
      return results[session.outputNames[0]!]!.data as Float32Array
    }
    const wanted = await outputOf(original, small!, 2, 3, 8, 8)
    const pixels = Float32Array.from(bytes, (each) => each / 255)
    allClose(await outputOf(trained.export.path, pixels, 2, 12, 12, 3), wanted, { absolute: 1e-4 })
    // The bytes of pictures themselves, when asked.
    const raw = join(folder, 'raw.onnx')
    const asked = await ashlar('export', trained.run, 'export.preprocess=true', '--out', raw)
    assert.is(asked.code, 0, asked.err)
    allClose(await outputOf(raw, bytes, 2, 12, 12, 3), wanted, { absolute: 1e-4 })
    const both = await ashlar('evaluate', trained.run, '--on', 'both')
    assert.is(both.code, 0, both.err)
    const report = await ashlar('report', trained.run)
    assert.is(report.code, 0, report.err)
    assert.match(await readFile(join(trained.run, 'report.html'), 'utf8'), 'net.onnx')
    const { predictions } = await ashlarJson<{ predictions: { class: string }[] }>(
      ...['predict', trained.run, ...pictures],
    )
    assert.is(predictions.length, pictures.length)
    await served(trained.run, async (url) => {
      const { answers } = await ashlarJson<{ answers: { classes: { label: string }[] }[] }>(
        ...['client', ...pictures, '--url', url],
      )
      assert.equal(
        answers.map(({ classes }) => classes[0]!.label),
        predictions.map((each) => each.class),
      )
      for (const { classes } of answers) {
        assert.equal(classes.map(({ label }) => label).sort(), [...PICTURE_CLASSES])
      }
    })
  }))

test('adapters of an experiment are trained alone and merged in its file', () =>
  inScratch({}, async (folder) => {
    await writePictures(join(folder, 'pictures'), 8)
    await writeOnnx(join(folder, 'net.onnx'))
    const model = '{ name: onnx, path: net.onnx, lora: { rank: 2, alpha: 4 } }'
    const adam = 'optimizer: { name: adam, learningRate: 0.05 }\n'
    await writeFile(join(folder, 'e.yaml'), experiment(model, adam))
    const trained = await run(folder)
    assert.ok(trained.export.report.verification.passed)
    assert.ok(trained.test.accuracy > 0.8, `${trained.test.accuracy}`)
    const { layers } = await ashlarJson<{ layers: { path: string; parameters: number }[] }>(
      ...['summary', join(folder, 'e.yaml')],
    )
    // 16 x 12 by rank 2: the other matrix is no larger than that.
    const own = layers.reduce((sum, { parameters }) => sum + parameters, 0)
    assert.is(own, 3 * 3 * 3 * 16 + 16 * 12 + 12 * 2 + 2 * (16 + 12))
    const before = await ashlarJson<{ layers: object[] }>('summary', join(folder, 'net.onnx'))
    const after = await ashlarJson<{ layers: object[] }>('summary', trained.export.path)
    assert.is(after.layers.length, before.layers.length)
  }))

test.run()
