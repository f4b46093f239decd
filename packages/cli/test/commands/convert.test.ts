import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar convert')

/** Writes a small model into a folder `digits`; returns the folder. */
async function saved(folder: string, units = 3, spoilt?: number): Promise<string> {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units, activation: 'softmax' }),
    ],
  })
  if (spoilt !== undefined) {
    const layer = model.layers[0]!
    const [kernel, bias] = layer.getWeights()
    layer.setWeights([tf.mul(kernel!, spoilt), bias!])
  }
  const path = join(folder, 'digits')
  await mkdir(path)
  await model.save({
    async save({ modelTopology, weightSpecs, weightData }) {
      await writeFile(join(path, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer))
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      await writeFile(
        join(path, 'model.json'),
        JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }),
      )
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    },
  })
  return path
}

test('writes a verified file, named as asked, and says so', () =>
  inScratch({}, async (folder) => {
    const model = await saved(folder)
    const file = join(folder, 'out', 'a.onnx')
    const { code, out, err } = await ashlar('convert', model, '-o', file)
    assert.is(code, 0, err)
    assert.match(out, /^model {5}.*a\.onnx \(.*\d+ nodes, opset 17\)$/m)
    assert.match(
      out,
      /^verified {2}equal within .* sets of inputs, onnxruntime-node .* TensorFlow\.js on/m,
    )
    assert.ok(existsSync(file))
  }))

for (const spoilt of [Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`a model whose weights are ${spoilt} is refused`, () =>
    inScratch({}, async (folder) => {
      const model = await saved(folder, 3, spoilt)
      const file = join(folder, 'a.onnx')
      const { code, err } = await ashlar('convert', model, '-o', file)
      assert.is(code, 1, err)
      assert.match(err, /: weight \S*kernel must be finite, got "(NaN|-?Infinity) at \[0\]"\n/)
      assert.not.ok(existsSync(file))
    }))
}

test('layout, opset and input shapes are options; the graph is named by its folder', () =>
  inScratch({}, async (folder) => {
    const model = join(await saved(folder), 'model.json')
    const { path, report } = await ashlarJson<{
      path: string
      report: { model: string; file: { inputs: object; opset: number } }
    }>(
      ...['convert', model, '-o', join(folder, 'b.onnx'), '--layout', 'nchw', '--opset', '18'],
      ...['--input', 'image=1,6,6,1'],
    )
    assert.is(path, join(folder, 'b.onnx'))
    assert.is(report.model, 'digits')
    assert.is(report.file.opset, 18)
    assert.equal(report.file.inputs, [{ name: 'image', dtype: 'float32', shape: [1, 1, 6, 6] }])
  }))

test('custom layers come from modules', () =>
  inScratch({}, async (folder) => {
    const model = join(folder, 'model.json')
    const layers = [
      {
        class_name: 'HalvedForTests',
        config: { name: 'half', batch_input_shape: [null, 4], dtype: 'float32' },
      },
    ]
    const modelTopology = { class_name: 'Sequential', config: { name: 'custom', layers } }
    const weightsManifest: object[] = []
    await writeFile(
      model,
      JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }),
    )
    const file = join(folder, 'c.onnx')
    const unknown = await ashlar('convert', model, '-o', file)
    assert.is(unknown.code, 1)
    assert.match(unknown.err, /every layer must be known, HalvedForTests is not/)
    assert.not.ok(existsSync(file))
    const plugin = new URL('../support/halved.ts', import.meta.url).pathname
    const { code, err } = await ashlar('convert', model, '-o', file, '--plugin', plugin)
    assert.is(code, 0, err)
    assert.ok(existsSync(file))
  }))

test('what cannot be read is one clear error, and wrong shapes are wrong usage', () =>
  inScratch({ 'model.json': '{"format": "layers-model", ' }, async (folder) => {
    const { code, err } = await ashlar('convert', folder)
    assert.is(code, 1)
    assert.match(err, /model\.json: must be JSON; it may have been cut off/)
    const none = await ashlar('convert', join(folder, 'none'))
    assert.match(none.err, /none: the file must be readable/)
    for (const input of ['image', 'image=1,a-b', '=1', 'image=0', 'image=1:int64']) {
      const wrong = await ashlar('convert', folder, '--input', input)
      assert.is(wrong.code, 2)
      assert.match(wrong.err, /--input: must be a name and its sizes, such as image=1,\?,\?,3/)
    }
  }))

test.run()
