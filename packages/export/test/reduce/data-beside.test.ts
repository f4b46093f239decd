import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, reduceOnnx } from '../../src/index.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('reducing files whose numbers lie beside them')

test('numbers beyond 2 GiB of a file beside it are read', () =>
  inScratch(async (folder) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 32, activation: 'tanh', inputShape: [16] }),
        tf.layers.dense({ units: 8 }),
      ],
    })
    const plain = join(folder, 'plain.onnx')
    await exportOnnx(model, { path: plain })
    const moved = join(folder, 'moved.onnx')
    moveNumbers(plain, moved, 2 ** 31 + 4096)
    for (const to of ['fp16', 'dynamic'] as const) {
      const [expected, found] = [
        await reduceOnnx(plain, { to, maxDrop: 20 }),
        await reduceOnnx(moved, { to, maxDrop: 20 }),
      ]
      assert.equal(numbersOf(found.bytes), numbersOf(expected.bytes), to)
      assert.ok(found.report.from.bytes > 2 ** 31)
    }
    model.dispose()
  }))

function numbersOf(bytes: Uint8Array): unknown[] {
  const { initializer } = onnx.ModelProto.decode(bytes).graph!
  return initializer!.map(({ name, dataType, rawData }) => [name, dataType, [...rawData!]])
}

/** Moves a model's numbers into a file beside it that has nothing before `start`. */
function moveNumbers(from: string, to: string, start: number): void {
  const model = onnx.ModelProto.decode(readFileSync(from))
  const file = openSync(`${to}.data`, 'w')
  let offset = start
  for (const tensor of model.graph!.initializer!) {
    const bytes = Uint8Array.from(tensor.rawData!)
    writeSync(file, bytes, 0, bytes.length, offset)
    const place = { location: 'moved.onnx.data', offset, length: bytes.length }
    tensor.externalData = Object.entries(place).map(([key, value]) => ({ key, value: `${value}` }))
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL
    tensor.rawData = null as never
    offset += bytes.length
  }
  ftruncateSync(file, offset)
  closeSync(file)
  writeFileSync(to, onnx.ModelProto.encode(model).finish())
}

test.run()
