import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { moveBiasPastBatchNorm } from '../../src/passes/bias-before-batch-norm.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { recogniseActivations } from '../../src/passes/recognise-activations.ts'
import { slopeAfterPool } from '../../src/passes/slope-after-pool.ts'
import { stepOfRelu } from '../../src/passes/step-of-relu.ts'
import { dropUselessBiasGradients } from '../../src/passes/useless-bias-gradient.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('passes over training steps')

const inputs = {
  x: { shape: [2, 6, 6, 2] },
  filter: { shape: [3, 3, 2, 4] },
  bias: { shape: [4] },
  scale: { shape: [4], range: [0.5, 2] },
  offset: { shape: [4] },
} as const

/** Gradients of convolution, bias, batch norm, ReLU and max pooling, and the statistics of the batch. */
function step({ x, filter, bias, scale, offset }: Record<string, tf.Tensor>) {
  const statistics: Record<string, tf.Tensor> = {}
  const loss = (...given: tf.Tensor[]) => {
    const [kernel, shift, slope, base] = given as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ]
    const y = tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: kernel,
      strides: 1,
      pad: 'same',
      bias: shift,
    })
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    statistics.mean = tf.keep(mean)
    statistics.variance = tf.keep(variance)
    const normal = tf.batchNorm(y, mean as tf.Tensor1D, variance as tf.Tensor1D, base, slope, 1e-3)
    return tf
      .maxPool(tf.relu(normal) as tf.Tensor4D, 2, 2, 'valid')
      .square()
      .sum()
  }
  const [dfilter, dbias, dscale, doffset] = tf.grads(loss)([filter!, bias!, scale!, offset!])
  return { ...statistics, dfilter: dfilter!, dbias: dbias!, dscale: dscale!, doffset: doffset! }
}

const prepared = [
  removeDeadCode,
  simplifyAlgebra,
  mergeCommonSubexpressions,
  fuseMoments,
  removeDeadCode,
]
const options = { before: prepared, tolerance: 2e-4 }

test('the step of a ReLU is read from its output', async () => {
  const { graph } = await checkPass(step, inputs, stepOfRelu, options)
  const relus = graph.nodes.filter(({ op }) => op === 'Relu').map(({ outputs }) => outputs[0])
  const steps = graph.nodes.filter(({ op }) => op === 'Step')
  assert.ok(steps.length > 0 && steps.every(({ inputs: [input] }) => relus.includes(input)))
})

test('the gradient of a ReLU before a max pool is masked before it is spread', async () => {
  const pass = (graph: Graph) => {
    stepOfRelu(graph)
    slopeAfterPool(graph)
  }
  const { graph } = await checkPass(step, inputs, pass, options)
  const pool = graph.nodes.find(({ op }) => op === 'MaxPoolGrad')!
  const dy = pool.inputs[pool.inputNames.indexOf('dy')]!
  assert.is(dy.node!.op, 'Multiply')
})

for (const [name, activate] of Object.entries({
  tanh: tf.tanh,
  elu: (x: tf.Tensor) => tf.add(tf.relu(x), tf.expm1(tf.minimum(x, 0))),
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.1),
})) {
  test(`the slope of ${name} before a max pool is taken of what is left of it`, async () => {
    const program = ({ x, filter }: Record<string, tf.Tensor>) => {
      const loss = (given: tf.Tensor) => {
        const y = activate(tf.conv2d(x as tf.Tensor4D, given as tf.Tensor4D, 1, 'same'))
        return tf
          .maxPool(y as tf.Tensor4D, 2, 2, 'valid')
          .square()
          .sum()
      }
      return { grad: tf.grad(loss)(filter!) }
    }
    const { x, filter } = inputs
    const pass = (graph: Graph) => {
      recogniseActivations(graph)
      removeDeadCode(graph)
      slopeAfterPool(graph)
      removeDeadCode(graph)
    }
    const { graph } = await checkPass(program, { x, filter }, pass, options)
    const spread = graph.nodes.find(({ op }) => op === 'MaxPoolGrad')!.outputs[0]
    assert.equal(
      graph.nodes.filter((node) => node.inputs.includes(spread)).map(({ op }) => op),
      ['Conv2DBackpropFilter'],
    )
  })
}

test('a bias before a batch norm goes from the image to the mean', async () => {
  const { graph } = await checkPass(step, inputs, moveBiasPastBatchNorm, options)
  const convolution = graph.nodes.find(({ op }) => op === 'FusedConv2D')!
  assert.not(convolution.inputNames.includes('bias'))
})

test('its gradient is zero without being computed', async () => {
  // The plain graph has rounding noise there, far below the other gradients.
  const { before, graph } = await checkPass(step, inputs, dropUselessBiasGradients, {
    before: prepared,
    tolerance: 1e-3,
  })
  const dbias = graph.outputs.find(({ name }) => name === 'dbias')!
  let source = dbias.value
  while (source.node !== undefined) source = source.node.inputs[0]!
  assert.is(source.fill, 0)
  assert.ok(before.includes('Sum'))
})

test('a sum that leaves columns, as many as there are channels, is not that of a bias', async () => {
  const program = ({ dy, x, mean, variance, scale }: Record<string, tf.Tensor>) => {
    const given = { dy: dy!, x: x!, mean: mean!, variance: variance!, scale: scale! }
    const attrs = { varianceEpsilon: 1e-3 }
    const [dx] = tf.engine().runKernel('FusedBatchNormGrad', given, attrs) as unknown as [tf.Tensor]
    return { columns: dx.sum([0, 1, 3]) }
  }
  const image = { shape: [2, 6, 4, 4] }
  const vector = { shape: [4], range: [0.5, 2] } as const
  const { before } = await checkPass(
    program,
    { dy: image, x: image, mean: vector, variance: vector, scale: vector },
    dropUselessBiasGradients,
  )
  assert.equal(before, ['FusedBatchNormGrad', 'Sum'])
})

test.run()
