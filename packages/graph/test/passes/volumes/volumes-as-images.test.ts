import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../src/capture/capture.ts'
import { portableTarget } from '../../../src/lower/target.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import { cpuTarget } from '../../../src/run/cpu-target.ts'
import { checkProgram } from '../../support/check-program.ts'
import { captureExample } from '../../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('volumes as images')

type Tensors = Record<string, tf.Tensor>

const inputs = {
  x: { shape: [2, 8, 8, 8, 1] },
  first: { shape: [3, 3, 3, 1, 16], range: [-0.5, 0.5] },
  second: { shape: [3, 3, 3, 16, 16], range: [-0.2, 0.2] },
  third: { shape: [3, 3, 3, 16, 32], range: [-0.2, 0.2] },
  bias: { shape: [16], range: [0.1, 0.5] },
  scale: { shape: [16], range: [0.5, 2] },
  offset: { shape: [16] },
} as const

/** A batch norm in training, a pool, a bias, a stride: what networks over volumes are made of. */
function network({ x, first, second, third, bias, scale, offset }: Tensors): tf.Tensor {
  const convolve = (y: tf.Tensor, filter: tf.Tensor | undefined, strides = 1) =>
    tf.conv3d(y as tf.Tensor5D, filter as tf.Tensor5D, strides as 1, 'same')
  const y = convolve(x!, first)
  const { mean, variance } = tf.moments(y, [0, 1, 2, 3])
  const rows = y.reshape([-1, 16]) as tf.Tensor2D
  const normal = tf
    .batchNorm(rows, mean as never, variance as never, offset as never, scale as never, 1e-3)
    .reshape(y.shape)
    .relu() as tf.Tensor5D
  const pooled = tf.maxPool3d(normal, 2, 2, 'valid')
  const biased = convolve(pooled, second).add(bias!).relu()
  return convolve(biased, third, 2).relu()
}

/** Its output, and the derivatives by all weights. */
function step(given: Tensors): Tensors {
  const names = ['first', 'second', 'third', 'bias', 'scale', 'offset']
  const loss = (...weights: tf.Tensor[]) => {
    const own = Object.fromEntries(names.map((name, at) => [name, weights[at]!]))
    return network({ ...given, ...own })
      .square()
      .sum()
  }
  const gradients = tf.grads(loss)(names.map((name) => given[name]!))
  return Object.fromEntries(names.map((name, at) => [`d${name}`, gradients[at]!]))
}

test('have the numbers and gradients of the plain graph', async () => {
  await checkProgram((given) => ({ y: network(given) }), inputs, 1e-4)
  await checkProgram(step, inputs, 1e-3)
})

test('stay in blocks from the first convolution to the end', async () => {
  const wide = { ...inputs, x: { shape: [16, 16, 16, 16, 1] } }
  const graph = optimize(
    captureExample((given) => ({ y: network(given) }), wide),
    await cpuTarget(),
  )
  const count = (op: string) => graph.nodes.filter((node) => node.op === op).length
  assert.is(count('ReorderInput'), 0)
  assert.is(count('ReorderOutput'), 1)
  // Filters alone are turned.
  const turned = graph.nodes.filter(({ op }) => op === 'Transpose')
  assert.ok(turned.every(({ inputs: [x] }) => Number(x!.shape[0]) <= 3))
})

test('have no part in files, nor where the batch is free', async () => {
  const spec = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const })
  const graph = capture(({ x, f }) => ({ y: tf.conv3d(x as never, f as never, 1, 'same') }), {
    inputs: { x: spec([2, 8, 8, 8, 16]), f: spec([3, 3, 3, 16, 16]) },
  })
  const { nodes } = optimize(graph, portableTarget())
  assert.equal(
    nodes.filter(({ op }) => op === 'Conv').map(({ inputs: [x] }) => x!.shape),
    [[2, 16, 8, 8, 8]],
  )
})

test.run()
