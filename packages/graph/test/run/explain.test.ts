import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { scan } from '../../src/capture/scan.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { nodeName } from '../../src/onnx/names.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { explain, planOf } from '../../src/run/explain.ts'

registerOps()
await tf.setBackend('cpu')
const test = suite('explain')

const captured = () =>
  capture(
    ({ a, b }) => ({
      y: tf.relu(tf.matMul(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), b as tf.Tensor2D)),
    }),
    {
      inputs: {
        a: { shape: [4, 8], dtype: 'float32' },
        b: { shape: [8, 8], dtype: 'float32' },
      },
    },
  )

const event = (name: string, dur: number, op = 'Op', provider = 'CPUExecutionProvider') => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur,
  args: { op_name: op, provider },
})

test('what falls back to another execution provider is said, by op', () => {
  const graph = lower(captured(), portableTarget())
  const events = [
    event('a', 1, 'MatMul', 'WebGpuExecutionProvider'),
    event('b', 1, 'Gather'),
    event('b', 1, 'Gather'),
    event('c', 1, 'Scan'),
    event('d', 1, 'Gather'),
    { cat: 'Node', name: 'e_kernel_time', dur: 1, args: undefined },
  ]
  assert.equal(planOf(graph, events, 'webgpu').fallbacks, [
    { op: 'Gather', provider: 'cpu', nodes: 2 },
    { op: 'Scan', provider: 'cpu', nodes: 1 },
  ])
  assert.equal(
    planOf(graph, events).fallbacks.map(({ op }) => op),
    ['MatMul'],
  )
})

test('calls of a kernel on one shape are one row, with the median of the runs', () => {
  const graph = lower(captured(), portableTarget())
  const names = graph.nodes.map((node, index) => nodeName(node, index))
  const products = names.filter((name) => name.startsWith('Gemm'))
  const relu = names.find((name) => name.startsWith('Relu'))!
  // Two runs to warm up, then three; the last is disturbed.
  const runs = [900, 900, 1, 2, 1000]
  const events = [
    ...products.flatMap((name) => runs.map((time) => event(name, time * 1000))),
    ...runs.map((time) => event(relu, (time * 1000) / 2)),
    ...runs.map((time) => event('made_by_onnxruntime', time * 1000, 'Reorder')),
    { cat: 'Session', name: 'model_run', dur: 5, args: undefined },
  ]
  const { rows, milliseconds, nodes } = planOf(graph, events)
  assert.is(nodes, 4)
  assert.is(milliseconds, 7)
  assert.equal(
    rows.map(({ kernel, calls, milliseconds: ms, shape }) => [kernel, calls, ms, shape]),
    [
      ['BatchMatMul', 2, 4, [4, 8]],
      ['Reorder', 1, 2, []],
      ['Relu', 1, 1, [4, 8]],
    ],
  )
  // Two products of 4 x 8 x 8, each multiply-add counted twice, in 4 ms.
  assert.is(rows[0]!.gflops, (2 * 2 * 4 * 8 * 8) / 4e6)
  assert.is(rows[1]!.gflops, undefined)
})

test('a loop is one row: its body is in its time', async () => {
  const program = ({ xs, h }: Record<string, tf.Tensor>) => {
    const { states } = scan(
      ([s], [x]) => ({ states: [tf.sin(tf.add(tf.exp(s!), x!))], rows: [] }),
      [h!],
      [xs!],
    )
    return { y: states[0]! }
  }
  const graph = capture(program, {
    inputs: { xs: { shape: [5, 3], dtype: 'float32' }, h: { shape: [3], dtype: 'float32' } },
  })
  const { rows } = await explain(graph, { xs: new Float32Array(15), h: new Float32Array(3) })
  const kernels = rows.map(({ kernel }) => kernel)
  assert.ok(kernels.includes('Scan'))
  assert.not.ok(kernels.includes('Sin') || kernels.includes('Exp'), String(kernels))
})

test('a program is run and measured', async () => {
  const feeds = { a: new Float32Array(32).fill(1), b: new Float32Array(64).fill(1) }
  const { rows } = await explain(captured(), feeds)
  // The second product becomes a node of onnxruntime's, with the ReLU in it.
  assert.ok(rows.some(({ kernel, gflops }) => kernel === 'BatchMatMul' && gflops! > 0))
})

test.run()
