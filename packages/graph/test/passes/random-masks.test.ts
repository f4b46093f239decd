import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { separateOutputs } from '../../src/passes/outputs.ts'
import { drawMasks } from '../../src/passes/random-masks.ts'
import { openOnnx } from '../../src/run/open-onnx.ts'

const test = suite('masks of random bits')

const key = { seed: { shape: [], dtype: 'int32' }, step: { shape: [], dtype: 'int32' } } as const

const captured = (program: () => tf.Tensor) => capture(() => ({ y: program() }), { inputs: key })

async function run(graph: Graph): Promise<number[]> {
  separateOutputs(graph)
  const model = await openOnnx(writeOnnx(lower(graph, portableTarget()), { opset: 17 }))
  const scalar = (value: number) => ({ shape: [], data: Int32Array.of(value) })
  const { y } = await model.run({ seed: scalar(5), step: scalar(3) })
  await model.dispose()
  return [...(y!.data as Float32Array)]
}

const ops = ({ nodes }: Graph) => nodes.map(({ op }) => op)

// The last are so near to 0 and 1 that rounding decides.
for (const kept of [0.5, 0.9, 0.1, 1 / 3, 2 ** -24, 3e-8, 1 - 2 ** -24, 1 - 2 ** -23]) {
  test(`keeps the very same elements, ${kept} of them`, async () => {
    const program = () => tf.floor(tf.add(tf.randomUniform([7, 333]), kept))
    const [plain, masked] = [captured(program), captured(program)]
    drawMasks(masked)
    removeDeadCode(masked)
    assert.equal(ops(masked), ['RandomMask'])
    assert.equal(await run(masked), await run(plain))
  })
}

test("tfjs's dropout has one", () => {
  const graph = captured(() => tf.dropout(tf.ones([4, 5]), 0.25))
  drawMasks(graph)
  removeDeadCode(graph)
  assert.ok(ops(graph).includes('RandomMask'))
  assert.not(ops(graph).includes('RandomUniform'))
})

test('numbers that are needed themselves stay', () => {
  const twice = captured(() => {
    const u = tf.randomUniform([8])
    return tf.add(u, tf.floor(tf.add(u, 0.5)))
  })
  const other = captured(() => tf.floor(tf.add(tf.randomUniform([8], 0, 3), 0.5)))
  const beyond = captured(() => tf.floor(tf.add(tf.randomUniform([8]), 1.5)))
  for (const graph of [twice, other, beyond]) {
    drawMasks(graph)
    assert.not(ops(graph).includes('RandomMask'))
  }
})

test.run()
