import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { addLargeBiases } from '../../src/passes/add-large-biases.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('biases of large products')

const target = await cpuTarget()
type Given = Record<string, tf.Tensor>
const dense = ({ x, w, b }: Given) => ({ y: tf.fused.matMul({ a: x!, b: w!, bias: b! } as never) })
const inputsOf = (rows: number) => ({
  x: { shape: [rows, 8] },
  w: { shape: [8, 256] },
  b: { shape: [256] },
})
const gemms = (graph: Graph) =>
  graph.nodes.filter(({ op }) => op === 'Gemm').map(({ inputs }) => inputs.length)

test('are added by a node of their own', async () => {
  const options = { target, tolerance: 1e-5 }
  const { after, graph } = await checkLoweredPass(dense, inputsOf(1024), addLargeBiases, options)
  assert.ok(after.includes('Add'))
  assert.equal(gemms(graph), [2])
})

test('smaller ones stay with the product, and all do in files for others', async () => {
  const { graph } = await checkLoweredPass(dense, inputsOf(512), addLargeBiases, { target })
  assert.equal(gemms(graph), [3])
  const portable = optimize(captureExample(dense, inputsOf(1024)), {
    opset: 17,
    portable: true,
    block: 0,
  })
  assert.equal(gemms(portable), [3])
})

test.run()
