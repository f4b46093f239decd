import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MiniResNet } from '@ashlar/blocks'
import { exportOnnx, reduceOnnx } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import { inScratch, sampled } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { numbers, runBytes } from '../support/make-onnx.ts'
import { hasNetworks, python } from '../support/real-networks.ts'

const test = suite('files that were quantized')
const some = sampled(3, test)

/** Networks and ways to quantize them, and what rounding may change their outputs by, as a part of the largest. */
const FILES = {
  'small:qdq': 0.05,
  'small:qdq-int8': 0.05,
  'small:operators': 0.05,
  'small:dynamic': 0.05,
  'lstm:dynamic': 0.02,
  'mobilenet_v2:qdq': 0.3,
  'resnet18:qdq': 0.1,
  'resnet18:operators': 0.1,
} as const

/** The largest difference, as a part of the largest number. */
function apart(one: ArrayLike<number>, other: ArrayLike<number>): number {
  assert.is(one.length, other.length)
  const far = Array.from(other, (each, at) => Math.abs(each - one[at]!))
  return Math.max(...far) / Math.max(...Array.from(other, Math.abs))
}

/** Loads a quantized file, holds it against floats and against itself, trains it a little and exports it again. */
async function tryFile(
  quantized: Uint8Array,
  path: string,
  shape: readonly number[],
  floats: Uint8Array | undefined,
  loss: number,
  isPixels = false,
): Promise<void> {
  const model = await loadOnnx(path)
  try {
    assert.is(model.notes.length, 1)
    assert.match(model.notes[0]!, /^It is quantized, and read as floats: \d+ tensors/)
    const own = [2, ...shape]
    const data = numbers(
      own.reduce((product, size) => product * size, 1),
      5,
    ).map((each) => (isPixels ? (each + 1) / 2 : each))
    const [{ name } = { name: 'x' }] = model.signature()!.inputs
    const feeds = { [name]: { shape: own, data } }
    const run = () => tf.tidy(() => model.apply<tf.Tensor>(tf.tensor(data, own)).dataSync())
    const before = run()
    if (floats !== undefined) {
      const [wanted] = await runBytes(floats, feeds)
      assert.ok(apart(before, wanted!.data) <= 1e-5, `${apart(before, wanted!.data)} from floats`)
    }
    const [rounded] = await runBytes(quantized, feeds)
    assert.ok(apart(before, rounded!.data) <= loss, `${apart(before, rounded!.data)} from int8`)
    const weights = new Map(
      model.namedWeights().map(({ name, variable }) => [name, Array.from(variable.dataSync())]),
    )
    assert.not.ok([...weights.keys()].some((each) => /_(quantized|q)$/.test(each)))
    const [x, y] = [
      tf.tensor(data, own),
      tf.tensor(numbers(before.length, 3), [2, before.length / 2]),
    ]
    model.compile({ optimizer: 'adam', loss: 'mse', metrics: [] })
    await model.fit(x, y, { epochs: 1, batchSize: 2 })
    const still = model
      .namedWeights()
      .filter(({ name, variable }) => String(variable.dataSync()) === String(weights.get(name)))
      .map(({ name }) => name)
    assert.equal(still, [])
    const { bytes } = await exportOnnx(model, {})
    const [again] = await runBytes(bytes, feeds)
    assert.ok(apart(again!.data, run()) <= 1e-4)
    const { graph } = onnx.ModelProto.decode(bytes)
    assert.not.ok(graph!.node!.some(({ opType }) => /Quantize|Integer|QLinear/.test(opType!)))
    tf.dispose([x, y])
  } finally {
    model.dispose()
  }
}

if (hasNetworks('onnxruntime.quantization')) {
  const script = fileURLToPath(new URL('write-quantized.py', import.meta.url))
  for (const [name, loss] of Object.entries(FILES)) {
    some(`${name}, by onnxruntime's quantizer, is the floats of its weights`, () =>
      inScratch({}, async (folder) => {
        const { stdout } = await promisify(execFile)(python, [script, folder, name])
        const { file, floats, shape } = JSON.parse(stdout) as {
          file: string
          floats: string
          shape: number[]
        }
        const [quantized, reference] = [await readFile(file), await readFile(floats)]
        await tryFile(quantized, file, shape, reference, loss)
      }),
    )
  }
} else
  test.skip(`${python} has no quantizer of onnxruntime and torchvision: run scripts/peers/setup`)

for (const to of ['int8', 'dynamic'] as const) {
  test(`Ashlar's own MiniResNet as ${to} is floats`, () =>
    inScratch({}, async (folder) => {
      const model = new MiniResNet(10)
      model.build([null, 28, 28, 1])
      const [file, path] = [join(folder, 'model.onnx'), join(folder, 'small.onnx')]
      const { bytes } = await exportOnnx(model, {})
      await writeFile(file, bytes)
      const [{ name } = { name: 'x' }] = model.signature()?.inputs ?? []
      const input = onnx.ModelProto.decode(bytes).graph!.input![0]!.name ?? name
      const data = numbers(16 * 784, 3).map((each) => (each + 1) / 2)
      const calibration = [{ [input]: { shape: [16, 28, 28, 1], dtype: 'float32', data } }] as const
      const small = await reduceOnnx(file, { to, path, calibration, maxDrop: 100 })
      await tryFile(small.bytes, path, [28, 28, 1], undefined, 0.1, true)
    }))
}

test.run()
