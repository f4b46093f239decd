import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeSafetensors, type StoredTensor } from '@ashlar/core'
import { exportOnnx } from '@ashlar/export'
import { readOnnx } from '@ashlar/import'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('smaller files')

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed)

/** A network whose second product gets one number that is a thousand times as large as the others, and cares for the others. */
async function sensitive(path: string): Promise<void> {
  const [wide, narrow] = [
    tf.mul(normal([4, 32], 1), tf.tensor1d([3000, ...Array(31).fill(1)])) as tf.Tensor2D,
    tf.mul(normal([32, 16], 2), tf.tensor2d([1e-4, ...Array(31).fill(1)], [32, 1])) as tf.Tensor2D,
  ]
  const scores = normal([16, 3], 3) as tf.Tensor2D
  const network = (x: tf.Tensor) =>
    tf.matMul(tf.tanh(tf.matMul(tf.matMul(x as tf.Tensor2D, wide), narrow)), scores)
  await exportOnnx(network, { path, inputs: { x: { shape: [null, 4] } } })
}

const tensor = (shape: number[], seed = 1): StoredTensor => {
  const data = normal(shape, seed).dataSync() as Float32Array
  return { dtype: 'F32', shape, data }
}

const safetensors = (tensors: Readonly<Record<string, StoredTensor>>) =>
  encodeSafetensors({ tensors: new Map(Object.entries(tensors)), metadata: {} })

/** A convolution and a dense layer, saved as TensorFlow.js does it. */
async function savedModel(folder: string): Promise<string> {
  const { layers } = tf
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        ...{ filters: 4, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu' },
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      layers.flatten(),
      layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  })
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      const json = { format: 'layers-model', modelTopology, weightsManifest }
      await writeFile(join(folder, 'model.json'), JSON.stringify(json))
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  return join(folder, 'model.json')
}

const graphOf = (path: string) => readOnnx(path).graph
const tensorsOf = (path: string) => [...graphOf(path).initializers.values()]

slow(
  'convert writes halves, and int8 by what it is calibrated on, a scale for each channel, beside the float file',
  () =>
    inScratch({}, async (folder) => {
      const model = await savedModel(folder)
      const file = join(folder, 'net.onnx')
      const half = await ashlar('convert', model, '-o', file, '--precision', 'fp16')
      assert.is(half.code, 0, half.err)
      assert.match(half.out, /^fp16 {6}.*net\.fp16\.onnx \(.*; 2 layers\)$/m)
      assert.match(
        half.out,
        /^speed {5}\S+ times as fast at batch 1, \S+ times as fast at batch 32/m,
      )
      assert.match(half.out, /^loses {5}.* on 13 made-up inputs$/m)
      const types = tensorsOf(join(folder, 'net.fp16.onnx')).map(({ type }) => type)
      assert.ok(types.includes('float16') && !types.includes('float32'))
      const { name } = graphOf(file).inputs[0]!
      const samples = join(folder, 'inputs.safetensors')
      await writeFile(samples, safetensors({ [name]: tensor([40, 6, 6, 1]) }))
      const { reduced } = await ashlarJson<{
        reduced: { path: string; report: { judgement: { samples: number } } }
      }>(
        ...['convert', model, '-o', file, '--quantize', 'int8', '--calibration', samples],
        ...['--max-drop', '20'],
      )
      assert.is(reduced.report.judgement.samples, 40)
      assert.ok(graphOf(reduced.path).nodes.some(({ op }) => op === 'QuantizeLinear'))
      const tensors = tensorsOf(reduced.path)
      assert.ok(tensors.some(({ type, shape }) => type === 'int8' && shape.length === 4))
      assert.ok(tensors.some(({ type, shape }) => type === 'float32' && shape.join() === '4'))
    }),
)

test('convert makes an ONNX file smaller, and nothing else of it', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'net.onnx')
    await sensitive(file)
    const small = join(folder, 'small.onnx')
    const done = await ashlar('convert', file, '--precision', 'fp16', '-o', small)
    assert.is(done.code, 0, done.err)
    assert.match(done.out, /^fp16 {6}.*small\.onnx/m)
    assert.ok(existsSync(small))
    const refused = async (...more: string[]) => {
      const { code, err } = await ashlar('convert', file, ...more)
      assert.is(code, 2, err)
      return err
    }
    assert.match(
      await refused(),
      /net\.onnx: an ONNX file is only made smaller: by --precision fp16/,
    )
    assert.match(
      await refused('--precision', 'fp16', '--opset', '18'),
      /--opset: an ONNX file is only made smaller/,
    )
    assert.match(
      await refused('--precision', 'fp16', '-o', file),
      /--out: the smaller file must have another place than the float file/,
    )
    assert.match(
      await refused('--precision', 'fp16', '--quantize', 'dynamic'),
      /--quantize: a file is either of half precision or of int8/,
    )
    assert.equal(readdirSync(folder).sort(), ['net.onnx', 'small.onnx'])
  }))

test('what loses too much is refused, with the layers that hurt most, and nothing is written; they can be kept in float', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'net.onnx')
    await sensitive(file)
    const samples = join(folder, 'inputs.safetensors')
    await writeFile(samples, safetensors({ x: tensor([64, 4], 5) }))
    const small = join(folder, 'small.onnx')
    const args = ['convert', file, '-o', small, '--quantize', 'int8', '--calibration', samples]
    const refused = await ashlar(...args)
    assert.is(refused.code, 1)
    assert.match(refused.err, /in int8 it must lose at most 1 points/)
    assert.match(refused.err, /--keep-sensitive/)
    assert.not.ok(existsSync(small))
    const kept = await ashlar(...args, '--keep-sensitive', '--max-drop', '5')
    assert.is(kept.code, 0, kept.err)
    assert.match(kept.out, /^kept {6}\S+ in float$/m)
    assert.ok(existsSync(small))
  }))

test('samples to calibrate with must be samples, and asked for', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'net.onnx')
    await sensitive(file)
    const path = join(folder, 'inputs.safetensors')
    const refused = async (code: number, message: RegExp, ...more: string[]) => {
      const found = await ashlar('convert', file, '-o', join(folder, 'small.onnx'), ...more)
      assert.is(found.code, code, found.err)
      assert.match(found.err, message)
    }
    const whole = ['--quantize', 'int8']
    await refused(2, /--quantize int8: samples must be given to find the ranges/, ...whole)
    await refused(2, /--calibration: it is about smaller files/, '--calibration', path)
    await refused(2, /--max-drop: it is about smaller files/, '--max-drop', '2')
    const calibrated = [...whole, '--calibration', path]
    await refused(1, /the samples to calibrate with must be readable/, ...calibrated)
    await writeFile(path, 'no tensors')
    await refused(1, /inputs\.safetensors/, ...calibrated)
    for (const given of [{ x: tensor([3, 4]), y: tensor([2, 4]) }, { x: tensor([0, 4]) }]) {
      await writeFile(path, safetensors(given as Record<string, StoredTensor>))
      await refused(1, /it must hold tensors of as many samples each/, ...calibrated)
    }
    await writeFile(path, safetensors({ x: tensor([3, 5]) }))
    await refused(1, /the file must run/, ...calibrated)
    assert.not.ok(existsSync(join(folder, 'small.onnx')))
  }))

slow('a run whose smaller file loses too much has none', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'net.onnx')
    await sensitive(file)
    const args = ['model=onnx', `model.path=${file}`, 'loss.name=sparse-categorical-crossentropy']
    const { run } = await ashlarJson<{ run: string }>(
      ...['train', TINY, ...args, 'loss.fromLogits=true', 'optimizer.learningRate=1e-9'],
      ...['--out', join(folder, 'runs')],
    )
    const count = ['--calibration-samples', '32']
    const refused = await ashlar('export', run, '--quantize', 'int8', ...count)
    assert.is(refused.code, 1, refused.out)
    assert.match(refused.err, /in int8 it must lose at most 1 points/)
    assert.not.ok(readdirSync(run).some((each) => each.includes('int8')))
    const allowed = await ashlar('export', run, '--quantize', 'int8', '--max-drop', '50', ...count)
    assert.is(allowed.code, 0, allowed.err)
    assert.ok(existsSync(join(run, 'model.int8.onnx')))
  }),
)

test.run()
