import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseActivations } from '../../src/passes/fuse-activation.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('activations in what comes before')

const target = await cpuTarget()
const inputs = { x: { shape: [4, 12, 12, 32] }, filter: { shape: [3, 3, 32, 16] } }
const convolve = ({ x, filter }: Record<string, tf.Tensor>) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

const hardSigmoid = (x: tf.Tensor) => {
  const attrs = { function: 'hardSigmoid', slope: 0.2, middle: 0.5 }
  return tf.engine().runKernel('Activation', { x }, attrs) as tf.Tensor
}

const pass = (graph: Parameters<typeof fuseActivations>[0]) => {
  fuseActivations(graph)
  removeDeadCode(graph)
}

test('is applied by the convolution', async () => {
  const program = (given: Record<string, tf.Tensor>) => ({ y: convolve(given).relu() })
  const { before, after, graph } = await checkLoweredPass(program, inputs, pass, {
    target,
    tolerance: 1e-4,
  })
  const isBlocked = graph.nodes.some(({ domain }) => domain === 'com.microsoft.nchwc')
  assert.ok(before.includes('Relu'))
  assert.is(after.includes('Relu'), !isBlocked)
})

for (const [op, activate] of Object.entries({
  Clip: (y: tf.Tensor) => y.clipByValue(-0.5, 2),
  LeakyRelu: (y: tf.Tensor) => y.leakyRelu(0.1),
  Tanh: (y: tf.Tensor) => y.tanh(),
  HardSigmoid: (y: tf.Tensor) => hardSigmoid(y),
})) {
  test(`${op} as well`, async () => {
    const program = (given: Record<string, tf.Tensor>) => ({ y: activate(convolve(given)) })
    const { before, after } = await checkLoweredPass(program, inputs, pass, {
      target,
      tolerance: 1e-4,
    })
    assert.ok(before.includes(op))
    assert.is(after.includes(op), target.block === 0)
  })
}

test('stays where the convolution itself is read', async () => {
  const program = (given: Record<string, tf.Tensor>) => {
    const y = convolve(given)
    return { y, z: y.relu() }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, { target, tolerance: 1e-4 })
  assert.ok(after.includes('Relu'))
})

test('is applied by the product of two matrices', async () => {
  const matrices = { a: { shape: [3, 5] }, b: { shape: [5, 4] } }
  const program = ({ a, b }: Record<string, tf.Tensor>) => ({ y: tf.matMul(a!, b!).relu() })
  const { before, after } = await checkLoweredPass(program, matrices, pass, { target })
  assert.ok(before.includes('Relu'))
  assert.equal(after, ['FusedGemm'])
})

test.run()
