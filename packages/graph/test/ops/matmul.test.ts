import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { registerOps } from '../../src/ops/table.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'

registerOps()
const test = suite('sums of products over rows')

await tf.setBackend('cpu')
const cpu = await cpuTarget()

/** Ops of a derivative by weights, and whether its product turns a matrix by itself. */
function lowered(rows: number, width: number, columns: number, target: Target): string[] {
  const spec = (size: number) => ({ shape: [rows, size], dtype: 'float32' }) as const
  const graph = capture(
    ({ x, dy }) => ({ y: tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false) }),
    { inputs: { x: spec(width), dy: spec(columns) } },
  )
  return optimize(graph, target)
    .nodes.map(({ op, attrs }) => (attrs.transA === 1 ? `${op} of turned` : op))
    .filter((op) => op !== 'Reshape' && op !== 'Identity')
}

test('over many rows the left matrix is laid out anew, once', () => {
  assert.equal(lowered(2080, 192, 768, cpu), ['Transpose', 'Gemm'])
})

for (const [name, sizes, target] of [
  ['few rows stay in cache', [128, 192, 768], cpu],
  ['few columns read it once', [4096, 192, 10], cpu],
  ['files are left to others', [2080, 192, 768], portableTarget()],
] as const) {
  test(`${name}: one product`, () => {
    assert.equal(lowered(...(sizes as [number, number, number]), target), ['Gemm of turned'])
  })
}

test.run()
