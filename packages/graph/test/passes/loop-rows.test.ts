import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whileLoop } from '../../src/capture/control-flow.ts'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { allNodes } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('rows that a loop collects')

const int = (value: number) => tf.scalar(value, 'int32')
const at = (x: tf.Tensor, t: tf.Tensor) => tf.gather(x, t as unknown as tf.Tensor1D)
const put = (all: tf.Tensor, t: tf.Tensor, row: tf.Tensor) =>
  tf.tensorScatterUpdate(all, tf.reshape(t, [1, 1]), tf.expandDims(row, 0))

/** Running sums of rows, row by row. */
const sums =
  (limit: (x: tf.Tensor) => number, also: (all: tf.Tensor, t: tf.Tensor) => tf.Tensor) =>
  (x: tf.Tensor): tf.Tensor[] => {
    const [, sum, all] = whileLoop(
      (t) => tf.logicalAnd(tf.less(t, int(limit(x))), tf.less(t, int(limit(x)))),
      (t, sum, all) => {
        const next = tf.add(tf.add(sum, at(x, t)), also(all, t))
        return [tf.add(t, int(1)), next, put(all, t, next)]
      },
      [int(0), tf.zeros([2]), tf.zeros(x.shape)],
    )
    return [sum!, all!]
  }

const nothing = () => tf.scalar(0)

/** Exports it, compares it with tfjs, and says whether any row is still written into a tensor. */
async function writesRows(program: (x: tf.Tensor) => tf.Tensor[]): Promise<boolean> {
  const named = (x: tf.Tensor) =>
    Object.fromEntries(program(x).map((each, index) => [`y${index}`, each]))
  const captured = captureDynamic(({ x }) => named(x!), {
    inputs: { x: { shape: [null, 2], dtype: 'float32' } },
  })
  const graph = await optimizeForExport(captured, 17)
  const session = await createSession(writeOnnx(graph, { opset: 17 }))
  for (const rows of [1, 5]) {
    const x = tf.range(0, rows * 2).reshape([rows, 2])
    const data = x.dataSync() as Float32Array
    const results = await session.run({ x: new ort.Tensor('float32', data, [rows, 2]) })
    for (const [name, tensor] of Object.entries(named(x))) {
      assert.equal([...results[name]!.dims], tensor.shape)
      closeTo(results[name]!.data as Float32Array, tensor.dataSync() as Float32Array, 1e-5)
    }
  }
  await session.release()
  return allNodes(graph).some(({ op }) => op === 'ScatterND')
}

test('are outputs of each round', async () => {
  assert.not(await writesRows(sums((x) => x.shape[0]!, nothing)))
})

test('stay one tensor where not all rows are written, or some are read', async () => {
  assert.ok(await writesRows(sums((x) => x.shape[0]! - 1, nothing)))
  assert.ok(
    await writesRows(
      sums(
        (x) => x.shape[0]!,
        (all, t) => at(all, t),
      ),
    ),
  )
})

test.run()
