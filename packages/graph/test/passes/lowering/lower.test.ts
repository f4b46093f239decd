import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../src/capture/capture.ts'
import { createValue, emptyGraph, type Graph, type Node } from '../../../src/ir/index.ts'
import { portableTarget } from '../../../src/lower/target.ts'
import { registerOps } from '../../../src/ops/table.ts'
import { lower } from '../../../src/passes/lowering/lower.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import { cpuTarget } from '../../../src/run/cpu-target.ts'
import { scope } from '../../../src/scope/scope.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite('lowering')

const image = { x: { shape: [2, 8, 8, 4], dtype: 'float32' } } as const
const random = (shape: number[]) =>
  tf.randomUniform<tf.Rank>(shape as [number], -1, 1, 'float32', 1) as tf.Tensor4D

/** Two convolutions with things between them that must not turn the image back. */
const stack = ({ x }: Record<string, tf.Tensor>) => {
  const first = tf
    .conv2d(x as tf.Tensor4D, random([3, 3, 4, 6]), 1, 'same')
    .add(random([6] as never))
  const padded = first.relu().pad([
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]) as tf.Tensor4D
  const second = tf.conv2d(padded, random([3, 3, 6, 8]), 2, 'valid')
  const [left, right] = tf.split(tf.avgPool(second, 2, 1, 'same'), 2, 3)
  return { y: tf.concat([left!, right!.square()], 3).mean([1, 2]) }
}

test('keeps channels first from the first convolution to the last', () => {
  const graph = optimize(capture(stack, { inputs: image }), portableTarget())
  const transposes = graph.nodes.filter(
    ({ op, inputs }) => op === 'Transpose' && inputs[0]!.shape.length === 4,
  )
  // The image at the edge, and two filters, which are constants.
  assert.ok(transposes.length <= 3, `${transposes.length} transposes`)
  const images = transposes.filter(({ inputs }) => inputs[0]!.data === undefined)
  assert.is(images.length, 1)
})

test('uses standard ONNX alone in portable forms', async () => {
  const domains = (graph: Graph) => new Set(graph.nodes.map(({ domain }) => domain))
  const captured = () => capture(stack, { inputs: image })
  assert.equal(domains(optimize(captured(), portableTarget())), new Set(['']))
  assert.ok(domains(optimize(captured(), await cpuTarget())).size >= 1)
})

test('names nodes by their layer', () => {
  const graph = capture(({ x }) => ({ y: scope('head', () => x!.softmax()) }), {
    inputs: { x: { shape: [2, 3], dtype: 'float32' } },
  })
  assert.ok(lower(graph, portableTarget()).nodes.every((node) => node.scope === 'head'))
})

function single(op: string, names: readonly string[] = ['x']): Graph {
  const graph = emptyGraph()
  const x = createValue([2], 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const y = createValue([2], 'float32')
  const node: Node = {
    op,
    domain: 'tfjs',
    inputNames: names,
    inputs: names.map(() => x),
    attrs: {},
    outputs: [y],
    scope: 'odd',
  }
  y.node = node
  graph.nodes.push(node)
  graph.outputs.push({ name: 'y', value: y, state: false })
  return graph
}

test('names a kernel that nobody declared, and its layer', () => {
  assert.throws(
    () => lower(single('Peculiar'), portableTarget()),
    /odd \(Peculiar\): kernel Peculiar must be in the op table/,
  )
})

test('gives the reason of a kernel that is refused', () => {
  assert.throws(
    () => lower(single('StringSplit'), portableTarget()),
    /odd \(StringSplit\): kernel StringSplit must have a meaning in ONNX\n {2}It works on text/,
  )
})

test('names an input that is missing', () => {
  assert.throws(
    () => lower(single('Add', ['a']), portableTarget()),
    /odd \(Add\): input b must be given/,
  )
})

test('notices a value that is used before it is computed', () => {
  const graph = single('Relu')
  graph.nodes[0]!.inputs = [createValue([2], 'float32')]
  assert.throws(
    () => lower(graph, portableTarget()),
    /lowering: every value must be computed before its use/,
  )
})

test.run()
