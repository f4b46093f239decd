import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { foldBatchNorm, scaleFilters } from '../../src/passes/fold-batch-norm.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('batch norms behind convolutions')

const inputs = { x: { shape: [2, 5, 5, 3] } }
const random = (shape: number[], low = -1, high = 1, seed = 1) =>
  tf.randomUniform(shape, low, high, 'float32', seed)

/** Weights and statistics that a network of these channels would have, made outside of the capture. */
function statistics(channels: number) {
  return {
    mean: random([channels], -1, 1, 2) as tf.Tensor1D,
    variance: random([channels], 0.5, 2, 3) as tf.Tensor1D,
    offset: random([channels], -1, 1, 4) as tf.Tensor1D,
    scale: random([channels], 0.5, 2, 5) as tf.Tensor1D,
  }
}

const norm = (y: tf.Tensor, { mean, variance, offset, scale }: ReturnType<typeof statistics>) =>
  tf.batchNorm(y as tf.Tensor4D, mean, variance, offset, scale, 1e-3)

test('go into the filter and a bias', async () => {
  const filter = random([3, 3, 3, 4]) as tf.Tensor4D
  const held = statistics(4)
  const { after } = await checkPass(
    ({ x }) => ({ y: norm(tf.conv2d(x as tf.Tensor4D, filter, 1, 'same'), held).relu() }),
    inputs,
    foldBatchNorm,
  )
  assert.not(after.includes('FusedBatchNorm'))
  assert.ok(after.includes('FusedConv2D'))
})

test('go into a bias that is there', async () => {
  const filter = random([3, 3, 3, 4]) as tf.Tensor4D
  const bias = random([4], -1, 1, 9)
  const held = statistics(4)
  const { after } = await checkPass(
    ({ x }) => {
      const y = tf.fused.conv2d({ x: x as tf.Tensor4D, filter, strides: 2, pad: 'valid', bias })
      return { y: norm(y, held) }
    },
    inputs,
    foldBatchNorm,
  )
  assert.ok(after.includes('FusedConv2D') && !after.includes('FusedBatchNorm'), after.join())
})

test('go into depthwise filters with a multiplier', async () => {
  const filter = random([3, 3, 3, 2]) as tf.Tensor4D
  const held = statistics(6)
  const { after } = await checkPass(
    ({ x }) => ({ y: norm(tf.depthwiseConv2d(x as tf.Tensor4D, filter, 1, 'same'), held) }),
    inputs,
    foldBatchNorm,
  )
  assert.ok(after.includes('FusedDepthwiseConv2D'), after.join())
})

test('stay where somebody else reads the convolution, or an activation lies between', async () => {
  const filter = random([1, 1, 3, 4]) as tf.Tensor4D
  const held = statistics(4)
  const { after } = await checkPass(
    ({ x }) => {
      const y = tf.conv2d(x as tf.Tensor4D, filter, 1, 'same')
      const activated = tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter,
        strides: 1,
        pad: 'same',
        activation: 'relu',
      })
      return { y, z: norm(y, held), w: norm(activated, held) }
    },
    inputs,
    foldBatchNorm,
  )
  assert.is(after.filter((op) => op === 'FusedBatchNorm').length, 2)
})

test('go into filters that a run computes, where these are small', async () => {
  const held = { mean: { shape: [4] }, variance: { shape: [4], range: [0.5, 2] } } as const
  const vectors = { ...held, offset: { shape: [4] }, scale: { shape: [4] } }
  const program = ({ x, filter, ...rest }: Record<string, tf.Tensor>) => ({
    y: norm(
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      rest as ReturnType<typeof statistics>,
    ),
  })
  const filter = { shape: [3, 3, 3, 4] }
  const small = await checkPass(program, { ...inputs, filter, ...vectors }, scaleFilters)
  assert.not(small.after.includes('FusedBatchNorm'))
  const x = { shape: [1, 2, 2, 3] }
  const large = await checkPass(program, { x, filter, ...vectors }, scaleFilters)
  assert.ok(large.after.includes('FusedBatchNorm'))
})

test.run()
