import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureDynamic, openOnnx, optimizeForExport, writeOnnx } from '../../src/index.ts'

const test = suite('openOnnx')

test('runs a model at the shapes of what is fed', async () => {
  const graph = captureDynamic(({ x }) => ({ sums: tf.sum(x!, 1) }), {
    inputs: { x: { shape: [null, 2], dtype: 'float32' } },
  })
  const bytes = writeOnnx(await optimizeForExport(graph, 17), { opset: 17 })
  const model = await openOnnx(bytes)
  assert.equal([model.inputNames, model.outputNames], [['x'], ['sums']])
  for (const rows of [1, 3]) {
    const data = Float32Array.from({ length: rows * 2 }, (_, i) => i)
    const { sums } = await model.run({ x: { shape: [rows, 2], data } })
    assert.equal(sums!.shape, [rows])
    assert.equal(
      [...sums!.data],
      Array.from({ length: rows }, (_, row) => 4 * row + 1),
    )
  }
  await model.dispose()
})

test('says why a model is refused', async () => {
  try {
    await openOnnx(Uint8Array.of(1, 2, 3))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, EngineError)
    assert.match((error as Error).message, /^onnxruntime: a session on cpu must start/)
  }
})

test.run()
