import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { foldConstants } from '../../src/passes/fold-constants.ts'
import { sinkReshapes } from '../../src/passes/sink-reshapes.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('reshapes behind elementwise ops')

const inputs = { x: { shape: [3, 1, 1, 4] } }
const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed)
const filters = [1, 2, 3].map((seed) => random([3, 3, 4, 4], seed) as tf.Tensor4D)
const conv = (x: tf.Tensor, index: number) =>
  tf.conv2d(x as tf.Tensor4D, filters[index]!, 1, 'same')

/** Ops that are left of a program whose weights are folded, without the pass and with it. */
async function opsOf(program: Program, given: KernelExample['inputs'] = inputs) {
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

type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const count = (ops: readonly string[], op: string) => ops.filter((each) => each === op).length

test('leave none between products over single pixels', async () => {
  const program: Program = ({ x }) => {
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
  const program: Program = ({ x, other }) => ({
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

test.run()
