import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { leaveScaleToConvolutions } from '../../src/passes/leave-scale-to-convolutions.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { checkPass } from '../support/check-pass.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('the scale of a batch norm left to the convolution before it')

type Program = (given: Record<string, tf.Tensor>) => Record<string, tf.Tensor>
type Linear = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor

/** The derivatives of a linear op, a batch norm of its own moments, and a ReLU6. */
function derivatives(linear: Linear, reads?: (normal: tf.Tensor, x: tf.Tensor) => tf.Tensor) {
  const program: Program = ({ x, filter, scale, offset }) => {
    const loss = (...[image, kernel, slope, shift]: tf.Tensor[]) => {
      const y = linear(image as tf.Tensor4D, kernel as tf.Tensor4D)
      const axes = y.shape.slice(0, -1).map((_, axis) => axis)
      const { mean, variance } = tf.moments(y, axes)
      const vectors = [mean, variance, shift, slope] as [tf.Tensor1D, tf.Tensor1D, never, never]
      const normal = tf.clipByValue(tf.batchNorm(y as tf.Tensor4D, ...vectors, 1e-3), 0, 6)
      return (reads === undefined ? normal : reads(normal, y)).square().sum()
    }
    const [dx, dfilter, dscale, doffset] = tf.grads(loss)([x!, filter!, scale!, offset!])
    return { dx: dx!, dfilter: dfilter!, dscale: dscale!, doffset: doffset! }
  }
  return program
}

const vectors = (channels: number) => ({
  scale: { shape: [channels], range: [0.5, 2] as const },
  offset: { shape: [channels] },
})

const cases: Readonly<Record<string, readonly [Linear, image: number[], filter: number[]]>> = {
  'of 3x3': [(x, filter) => tf.conv2d(x, filter, 1, 'same'), [4, 12, 11, 16], [3, 3, 16, 32]],
  'of one pixel': [(x, filter) => tf.conv2d(x, filter, 1, 'same'), [2, 8, 8, 32], [1, 1, 32, 16]],
  'with strides': [
    (x, filter) => tf.conv2d(x, filter, 2, 'valid'),
    [3, 33, 33, 16],
    [3, 3, 16, 16],
  ],
  'of channels that fill no block': [
    (x, filter) => tf.conv2d(x, filter, 1, 'same'),
    [4, 16, 16, 5],
    [3, 3, 5, 7],
  ],
  'of each channel by itself': [
    (x, filter) => tf.depthwiseConv2d(x, filter, 1, 'same'),
    [2, 8, 8, 32],
    [3, 3, 32, 1],
  ],
}

const before = [removeDeadCode, simplifyAlgebra, fuseMoments, removeDeadCode]
const settings = { before, tolerance: 5e-4 }

const left = ({ nodes }: Graph) => nodes.filter(({ attrs }) => attrs.leavesScale === true).length

for (const [name, [linear, image, filter]] of Object.entries(cases)) {
  const channels = filter.at(-1) === 1 ? filter.at(-2)! : filter.at(-1)!
  const inputs = { x: { shape: image }, filter: { shape: filter }, ...vectors(channels) }
  test(`gives the same derivatives, ${name}`, async () => {
    await checkProgram(derivatives(linear), inputs, 5e-4)
    const { graph } = await checkPass(
      derivatives(linear),
      inputs,
      leaveScaleToConvolutions,
      settings,
    )
    assert.is(left(graph), 1)
  })
  test(`gives none where the scale is zero, ${name}`, async () => {
    const zeros = { ...inputs, scale: { shape: [channels], range: [0, 0] as const } }
    await checkProgram(derivatives(linear), zeros, 5e-4)
  })
}

const convolution: Linear = (x, filter) => tf.conv2d(x, filter, 1, 'same')

test('stays where something else reads the derivative', async () => {
  const inputs = {
    x: { shape: [2, 12, 12, 8] },
    filter: { shape: [3, 3, 8, 8] },
    ...vectors(8),
  }
  const program = derivatives(convolution, (normal, y) => tf.add(normal, y))
  await checkProgram(program, inputs, 5e-4)
  const { graph } = await checkPass(program, inputs, leaveScaleToConvolutions, settings)
  assert.is(left(graph), 0)
})

test('stays where the filter is larger than the image', async () => {
  const inputs = { x: { shape: [2, 2, 2, 16] }, filter: { shape: [3, 3, 16, 16] }, ...vectors(16) }
  await checkProgram(derivatives(convolution), inputs, 5e-4)
  const { graph } = await checkPass(
    derivatives(convolution),
    inputs,
    leaveScaleToConvolutions,
    settings,
  )
  assert.is(left(graph), 0)
})

test('stays in front of what is not linear in channels', async () => {
  const dense: Linear = (x, filter) => tf.matMul(tf.reshape(x, [-1, 4]), tf.reshape(filter, [4, 6]))
  const inputs = { x: { shape: [2, 5, 5, 4] }, filter: { shape: [1, 1, 4, 6] }, ...vectors(6) }
  await checkProgram(derivatives(dense), inputs, 5e-4)
  const { graph } = await checkPass(derivatives(dense), inputs, leaveScaleToConvolutions, settings)
  assert.is(left(graph), 0)
})

test.run()
