import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import type { Graph } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { foldConstants } from '../../src/passes/fold-constants.ts'
import { sinkReshapes } from '../../src/passes/sink-reshapes.ts'
import { createSession } from '../../src/session/session.ts'
import { checkLoweredPass } from '../support/check-pass.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('reshapes behind elementwise ops')

const inputs = { x: { shape: [3, 1, 1, 4] } }
const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed)
const filters = [1, 2, 3].map((seed) => random([3, 3, 4, 4], seed) as tf.Tensor4D)
const conv = (x: tf.Tensor, index: number) =>
  tf.conv2d(x as tf.Tensor4D, filters[index]!, 1, 'same')

/** Ops that are left of a program whose weights are folded, without the pass and with it. */
async function opsOf(program: TensorProgram, given: KernelExample['inputs'] = inputs) {
  const fold = async (graph: Graph) => {
    removeDeadCode(graph)
    await foldConstants(graph, 17)
    removeDeadCode(graph)
  }
  const sink = async (graph: Graph) => {
    await fold(graph)
    sinkReshapes(graph)
    removeDeadCode(graph)
  }
  const plain = await checkLoweredPass(program, given, fold)
  const sunk = await checkLoweredPass(program, given, sink)
  const ops = ({ graph }: { readonly graph: Graph }) => graph.nodes.map(({ op }) => op)
  return { before: ops(plain), after: ops(sunk), graph: sunk.graph }
}

type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const count = (ops: readonly string[], op: string) => ops.filter((each) => each === op).length

test('leave none between products over single pixels', async () => {
  const program: TensorProgram = ({ x }) => {
    const first = conv(x!, 0).relu()
    const second = conv(first, 1).add(first).mul(tf.scalar(0.5)).tanh()
    return { y: conv(second, 2).mean([1, 2]) }
  }
  const { before, after } = await opsOf(program)
  assert.is(count(after, 'Gemm') + count(after, 'MatMul'), 3)
  assert.ok(count(before, 'Reshape') > 1)
  // The input's own.
  assert.is(count(after, 'Reshape'), 1)
})

test('bring the other side of a sum along', async () => {
  const program: TensorProgram = ({ x, other }) => ({
    y: conv(conv(x!, 0).add(other!).relu(), 1),
  })
  const given = { ...inputs, other: { shape: [3, 1, 1, 4] } }
  const { after } = await opsOf(program, given)
  // Of both inputs, and back for the output.
  assert.is(count(after, 'Reshape'), 3)
})

test('stay where the other side has another shape, or pixels are many', async () => {
  const bias = random([1, 1, 4], 4)
  const broadcast = await opsOf(({ x }) => ({ y: conv(x!, 0).add(bias).relu() }))
  assert.equal(broadcast.after, broadcast.before)
  const planes = await opsOf(({ x }) => ({ y: x!.reshape([3, 2, 2, 1]).relu().reshape([3, 4]) }))
  assert.equal(planes.after, planes.before)
})

/** Exports a program with sizes that vary, and holds it against the program itself at some sizes. */
async function checkExport(
  program: (x: tf.Tensor) => tf.Tensor,
  shape: readonly (number | null)[],
  sizes: readonly number[][],
): Promise<void> {
  const captured = captureDynamic(({ x }) => ({ y: program(x!) }), {
    inputs: { x: { shape, dtype: 'float32' } },
  })
  const session = await createSession(
    writeOnnx(await optimizeForExport(captured, 17), { opset: 17 }),
  )
  try {
    for (const size of sizes) {
      const x = tf.randomUniform(size, -1, 1, 'float32', 4)
      const data = x.dataSync() as Float32Array
      const { y } = await session.run({ x: new ort.Tensor('float32', data, size) })
      const expected = program(x)
      assert.equal([...y!.dims], expected.shape)
      closeTo(y!.data as Float32Array, expected.dataSync() as Float32Array, 1e-5)
    }
  } finally {
    await session.release()
  }
}

test('stay where several sizes vary, as what takes their axes away counts them by place', async () => {
  const heads = (x: tf.Tensor) =>
    x.expandDims(1).mul(0.5).reshape([x.shape[0]!, 1, x.shape[1]!, 2, 2])
  await checkExport(
    heads,
    [null, null, 4],
    [
      [2, 5, 4],
      [3, 6, 4],
    ],
  )
  const squeezed = (x: tf.Tensor) => x.expandDims(1).relu().squeeze([1]).tanh()
  await checkExport(
    squeezed,
    [null, 4],
    [
      [1, 4],
      [3, 4],
    ],
  )
})

test('stay where sizes follow from numbers', async () => {
  const corners = (x: tf.Tensor) => x.slice([0, 0], [-1, 2]).abs()
  const boxes = (x: tf.Tensor) =>
    tf.concat([corners(x), corners(x).add(x.slice([0, 2], [-1, 2]).abs())], 1) as tf.Tensor2D
  const kept = (x: tf.Tensor, column: number) => {
    const scores = x.slice([0, column], [-1, 1]).squeeze([1]) as tf.Tensor1D
    return tf.gather(x, tf.image.nonMaxSuppression(boxes(x), scores, 10, 0.3, -0.5))
  }
  await checkExport(
    (x) => kept(x, 0).matMul(kept(x, 1), false, true).expandDims(0).relu().mul(2),
    [20, 4],
    [[20, 4]],
  )
})

test.run()
