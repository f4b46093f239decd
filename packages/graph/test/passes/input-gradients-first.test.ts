import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph, Node } from '../../src/ir/index.ts'
import { inputGradientsFirst } from '../../src/passes/input-gradients-first.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('gradients by inputs before those by filters')

const target = await cpuTarget()
const isBlocked = target.block > 0
type Given = Record<string, tf.Tensor>
const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

/** Both gradients of a convolution whose images and gradient lie in blocks. */
const both = ({ x, f, g, dy }: Given) => {
  const images = convolve(x!, f!).relu()
  const [dx, dg] = tf.grads(convolve)([images, g!], dy!.relu()) as [tf.Tensor, tf.Tensor]
  return { dx, dg }
}

const inputsOf = (channels: number) => ({
  x: { shape: [16, 6, 5, 16] },
  f: { shape: [3, 3, 16, channels] },
  g: { shape: [3, 3, channels, 16] },
  dy: { shape: [16, 6, 5, 16] },
})

/** Whether a node is computed before another, since that needs it. */
function isNeeded(first: Node, last: Node): boolean {
  const needed = new Set([last])
  for (const node of needed) {
    for (const input of node.inputs) if (input?.node !== undefined) needed.add(input.node)
  }
  return needed.has(first)
}

for (const channels of [16, 32]) {
  test(`${channels} channels: the gradient by the filter waits for the other`, async () => {
    const pass = (graph: Graph) => inputGradientsFirst(graph, { large: 0 })
    const options = { target, tolerance: 1e-3 }
    const { before, after, graph } = await checkLoweredPass(both, inputsOf(channels), pass, options)
    assert.not(before.includes('Shape'))
    assert.is(after.filter((op) => op === 'Shape').length, isBlocked ? 1 : 0)
    if (!isBlocked) return
    const byInput = graph.nodes.find(({ op }) => op === 'Shape')!.inputs[0]!.node!
    const [dx, dg] = graph.outputs.map(({ value }) => value.node!) as [Node, Node]
    assert.ok(isNeeded(byInput, dx))
    assert.ok(isNeeded(byInput, dg))
    assert.not(isNeeded(dg, byInput))
  })
}

test('what stays in cache anyway is left alone', async () => {
  const pass = (graph: Graph) => inputGradientsFirst(graph, { large: 2 ** 22 })
  const { before, after } = await checkLoweredPass(both, inputsOf(16), pass, {
    ...{ target, tolerance: 1e-3 },
  })
  assert.equal(after, before)
})

test.run()
