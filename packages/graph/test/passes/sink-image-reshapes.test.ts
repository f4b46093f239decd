import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { sinkImageReshapes } from '../../src/passes/sink-image-reshapes.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkPass } from '../support/check-pass.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('reshapes of images')

const target = await cpuTarget()
type Given = Record<string, tf.Tensor>

const pass = (graph: Graph) => {
  sinkImageReshapes(graph)
  removeDeadCode(graph)
}
const before = [simplifyAlgebra, mergeCommonSubexpressions, fuseMoments, removeDeadCode]
const check = (program: (given: Given) => Given, inputs: Parameters<typeof checkProgram>[1]) =>
  checkPass(program, inputs, pass, { target, before, tolerance: 2e-4 })

const inputs = {
  x: { shape: [32, 24, 16] },
  f: { shape: [3, 16, 16] },
  g: { shape: [3, 16, 16] },
  scale: { shape: [16], range: [0.5, 2] as const },
  offset: { shape: [16] },
}

/** A layer over series: a convolution, a batch norm in training, a ReLU and a pool. */
function layer({ x, f, scale, offset }: Given): tf.Tensor3D {
  const y = tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same')
  const { mean, variance } = tf.moments(y, [0, 1])
  const vectors = [mean, variance, offset, scale] as tf.Tensor1D[]
  const z = tf.batchNorm(y, vectors[0]!, vectors[1]!, vectors[2]!, vectors[3]!, 1e-3)
  const image = z.relu().mul(0.5).reshape([32, 24, 1, 16]) as tf.Tensor4D
  return tf.maxPool(image, [2, 1], [2, 1], 'valid').reshape([32, 12, 16])
}

const reshapes = (graph: Graph) =>
  graph.nodes.filter(({ op, inputs }) => op === 'Reshape' && inputs[0]!.shape.length > 2).length

test('none is left between the layers of series', async () => {
  const program = ({ g, ...given }: Given) => ({
    y: tf.conv1d(layer(given), g as tf.Tensor3D, 1, 'same'),
  })
  const { before: kernels, graph } = await check(program, inputs)
  assert.ok(kernels.filter((op) => op === 'Reshape').length > 6)
  const shapes = graph.nodes
    .filter(({ op }) => ['Moments', 'FusedBatchNorm', 'Relu', 'Multiply'].includes(op))
    .map((node) => node.inputs[0]!.shape)
  assert.ok(shapes.length >= 4)
  for (const shape of shapes) assert.equal(shape, [32, 1, 24, 16])
  // Filters, x, the image for the pool, for the second convolution, and the result.
  assert.is(reshapes(graph), 6)
})

test('nothing is reordered on the way back either', async () => {
  const program = ({ g, ...given }: Given) => {
    const loss = (...[f, scale, offset, last]: tf.Tensor[]) => {
      const y = layer({ ...given, f: f!, scale: scale!, offset: offset! })
      return tf
        .conv1d(y, last as tf.Tensor3D, 1, 'same')
        .square()
        .mean()
    }
    const [df, dscale, doffset, dg] = tf.grads(loss)([given.f!, given.scale!, given.offset!, g!])
    return { df: df!, dscale: dscale!, doffset: doffset!, dg: dg! }
  }
  await checkProgram(program, inputs, 1e-3)
  const { nodes } = optimize(captureExample(program, inputs), target)
  if (target.block > 0)
    assert.not(nodes.some(({ op, inputs: [x] }) => op === 'Transpose' && x!.shape.length > 3))
})

test('a number for each pixel, or for each of its channels, stays outside', async () => {
  const perPixel = { ...inputs, p: { shape: [24, 1] }, q: { shape: [24, 16] } }
  const program = ({ p, q, ...given }: Given) => {
    const y = tf.conv1d(given.x as tf.Tensor3D, given.f as tf.Tensor3D, 1, 'same')
    return { y: y.mul(p!).relu(), z: y.add(q!).relu() }
  }
  await check(program, perPixel)
})

test('images of different rows are brought to those of the first', async () => {
  const program = ({ x, f, g }: Given) => {
    const wide = tf.conv2d(
      x!.reshape([32, 24, 1, 16]) as tf.Tensor4D,
      f!.reshape([3, 1, 16, 16]) as tf.Tensor4D,
      1,
      'same',
    )
    const y = tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same')
    const sum = y.add(wide.reshape([32, 24, 16])).relu()
    return { y: tf.conv1d(sum as tf.Tensor3D, g as tf.Tensor3D, 1, 'same') }
  }
  const { graph } = await check(program, inputs)
  const add = graph.nodes.find(({ op }) => op === 'Add')!
  assert.equal(add.outputs[0]!.shape, [32, 1, 24, 16])
})

test('what changes the channels is no image any more', async () => {
  const program = ({ x, f }: Given) => {
    const y = tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same')
    return { y: y.reshape([32, 48, 8]).relu().sum(2), z: y.reshape([32, -1]).relu() }
  }
  const { graph } = await check(program, inputs)
  const shapes = graph.nodes.filter(({ op }) => op === 'Relu').map((node) => node.inputs[0]!.shape)
  assert.equal(shapes, [
    [32, 48, 8],
    [32, 384],
  ])
})

for (const shape of [
  [1, 16, 32],
  [2, 16, 1],
  [16, 1],
  [2, 1, 1],
]) {
  test(`one number of shape [${shape}] is a number for images of other rows`, async () => {
    const program = ({ x, f }: Given) => {
      const y = tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 4, 'valid')
      return { y: y.reshape([2, 16, 32]).mul(tf.fill(shape, 0.3)).relu().sub(tf.fill(shape, 0.1)) }
    }
    await checkProgram(program, { x: { shape: [2, 16, 16, 3] }, f: { shape: [4, 4, 3, 32] } }, 1e-4)
  })
}

test('a cast makes no image', () =>
  checkProgram(
    ({ x }) => ({
      y: x!
        .toFloat()
        .reshape([2, 12, 5])
        .mul(tf.fill([12, 1], 0.5)),
    }),
    { x: { shape: [2, 4, 3, 5], dtype: 'int32' } },
    1e-6,
  ))

test.run()
