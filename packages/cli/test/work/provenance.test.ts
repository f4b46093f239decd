import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeSafetensors, type StoredTensor } from '@ashlar/core'
import { exportOnnx, reduceOnnx } from '@ashlar/export'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('how a model came about')

/** Two dense layers for the tiny experiment, in whole numbers. */
async function quantized(folder: string): Promise<string> {
  const weights = [
    tf.randomNormal([4, 16], 0, 0.5, 'float32', 1) as tf.Tensor2D,
    tf.randomNormal([16, 3], 0, 0.5, 'float32', 2) as tf.Tensor2D,
  ]
  const float = join(folder, 'float.onnx')
  await exportOnnx(
    (x: tf.Tensor) => tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, weights[0]!)), weights[1]!),
    { path: float, inputs: { x: { shape: [null, 4] } } },
  )
  const path = join(folder, 'whole.onnx')
  await reduceOnnx(float, { to: 'dynamic', path, maxDrop: 100 })
  return path
}

test('a quantized file is told of by a summary and by a training, and trains', () =>
  inScratch({}, async (folder) => {
    const file = await quantized(folder)
    const said = /It is quantized, and read as floats: 2 tensors of whole numbers are the weights/
    const summary = await ashlar('summary', file)
    assert.is(summary.code, 0, summary.err)
    assert.match(summary.out, said)
    const args = [
      TINY,
      'model=onnx',
      `model.path=${file}`,
      'loss.name=sparse-categorical-crossentropy',
    ]
    const more = ['loss.fromLogits=true', '--out', join(folder, 'runs')]
    const { code, out, err } = await ashlar('train', ...args, ...more)
    assert.is(code, 0, err)
    assert.match(out, new RegExp(`^note {6}${said.source}`, 'm'))
    const { notes } = await ashlarJson<{ notes: string[] }>('train', ...args, ...more)
    assert.is(notes.length, 1)
    assert.match(notes[0]!, said)
    const experiment = await ashlarJson<{ notes: string[] }>(
      ...['summary', TINY, 'model=onnx', `model.path=${file}`],
    )
    assert.equal(experiment.notes, notes)
  }))

/** A ResNet-18 of a 32nd of its width as torchvision names it, for so many classes. */
function torchFile(classes: number): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>()
  const add = (name: string, ...shape: number[]) => {
    const length = shape.reduce((product, size) => product * size, 1)
    const data = Float32Array.from({ length }, (_, at) => 0.5 + Math.sin(at + 1) / 4)
    tensors.set(name, { dtype: 'F32', shape, data })
  }
  const conv = (name: string, norm: string, out: number, from: number, size: number) => {
    add(`${name}.weight`, out, from, size, size)
    for (const each of ['weight', 'bias', 'running_mean', 'running_var'])
      add(`${norm}.${each}`, out)
  }
  conv('conv1', 'bn1', 2, 3, 7)
  for (const [layer, width] of [2, 4, 8, 16].entries()) {
    for (const block of [0, 1]) {
      const name = `layer${layer + 1}.${block}`
      const before = block === 0 && layer > 0 ? width / 2 : width
      conv(`${name}.conv1`, `${name}.bn1`, width, before, 3)
      conv(`${name}.conv2`, `${name}.bn2`, width, width, 3)
      if (before < width) conv(`${name}.downsample.0`, `${name}.downsample.1`, width, before, 1)
    }
  }
  add('fc.weight', classes, 16)
  add('fc.bias', classes)
  return tensors
}

slow('weights of torchvision are told of in a table: what was taken, and what was not', () =>
  inScratch({}, async (folder) => {
    for (const [label, name] of ['cat', 'dog'].entries()) {
      await mkdir(join(folder, 'pictures', name), { recursive: true })
      for (const at of [0, 1]) {
        const background = { r: label * 99, g: at, b: 0 }
        const create = { width: 16, height: 16, channels: 3 as const, background }
        await sharp({ create }).toFile(join(folder, 'pictures', name, `${at}.png`))
      }
    }
    const weights = join(folder, 'resnet18.safetensors')
    await writeFile(weights, encodeSafetensors({ tensors: torchFile(1000), metadata: {} }))
    await writeFile(
      join(folder, 'e.yaml'),
      `model: { name: resnet18, numClasses: 2, width: 0.03125, convention: torch, useBias: false }
dataset: { name: image-folder, folder: pictures, test: pictures, size: [16, 16] }
loss: { name: sparse-categorical-crossentropy, fromLogits: true }
weights: resnet18.safetensors
`,
    )
    const args = ['train', join(folder, 'e.yaml'), 'epochs=1', '--out', join(folder, 'runs')]
    const { code, out, err } = await ashlar(...args)
    assert.is(code, 0, err)
    assert.match(out, /^weights {3}100 of 102 are those of the file:$/m)
    assert.match(out, /^ {10}layer +in the file +weights$/m)
    assert.match(out, /^ {10}blocks\.2\.conv1 +layer2\.0\.conv1 +kernel$/m)
    assert.match(
      out,
      /^ {10}blocks\.2\.norm1 +layer2\.0\.bn1 +gamma, beta, moving_mean, moving_variance$/m,
    )
    assert.match(
      out,
      /^ {10}not of the file:\n {10}classifier\.kernel: the file has another: \[16, 1000\]$/m,
    )
    const { weightsTaken } = await ashlarJson<{ weightsTaken: object[] }>(...args)
    assert.is(weightsTaken.length, 102)
    assert.equal(weightsTaken[0], {
      name: 'conv.kernel',
      shape: [7, 7, 3, 2],
      from: 'conv1.weight',
    })
  }),
)

test.run()
