import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { separateOutputs } from '../../src/passes/outputs.ts'
import { joinRandomKeys } from '../../src/passes/random-keys.ts'
import { drawMasks } from '../../src/passes/random-masks.ts'
import { openOnnx } from '../../src/run/open-onnx.ts'

const test = suite('keys of random tensors')

const key = { seed: { shape: [], dtype: 'int32' }, step: { shape: [], dtype: 'int32' } } as const

/** All kinds of draws, of several sizes. */
const program = () => ({
  uniform: tf.randomUniform([5, 3]),
  whole: tf.randomUniform([7], 0, 1000, 'int32'),
  normal: tf.randomNormal([2, 4]),
  truncated: tf.truncatedNormal([6]),
  mask: tf.dropout(tf.ones([4, 5]), 0.25),
  other: tf.dropout(tf.ones([1]), 0.5),
})

function lowered(draws: () => Record<string, tf.Tensor>, pass?: (graph: Graph) => void) {
  const graph = capture(draws, { inputs: key })
  drawMasks(graph)
  pass?.(graph)
  const captured = graph.nodes.map(({ op }) => op)
  separateOutputs(graph)
  return { captured, graph: lower(graph, portableTarget()) }
}

async function run(graph: Graph, seed: number, step: number) {
  const model = await openOnnx(writeOnnx(graph, { opset: 17 }))
  const scalar = (value: number) => ({ shape: [], data: Int32Array.of(value) })
  const results = await model.run({ seed: scalar(seed), step: scalar(step) })
  await model.dispose()
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]),
  )
}

test('draw the same together as each by itself', async () => {
  const apart = lowered(program)
  const joined = lowered(program, joinRandomKeys)
  assert.equal(joined.captured.filter((op) => op === 'RandomKeys').length, 1)
  assert.ok(joined.graph.nodes.length < apart.graph.nodes.length - 100)
  for (const [seed, step] of [
    [5, 3],
    [-1, 0],
    [2 ** 31 - 1, 12_345],
  ] as const) {
    assert.equal(await run(joined.graph, seed, step), await run(apart.graph, seed, step))
  }
})

test('a single draw makes its own key', () => {
  const { captured } = lowered(() => ({ y: tf.randomNormal([3]) }), joinRandomKeys)
  assert.not(captured.includes('RandomKeys'))
})

test.run()
