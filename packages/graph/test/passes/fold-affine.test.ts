import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { foldBiases } from '../../src/passes/fold-affine.ts'
import { checkPass } from '../support/check-pass.ts'
import { opsOf } from '../support/export-ops.ts'

const test = suite('folding into weights and biases')

const random = (shape: number[], seed: number) => tf.randomUniform(shape, 0.5, 1.5, 'float32', seed)

const filter = random([3, 3, 2, 4], 1) as tf.Tensor4D
const conv = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'valid')
const weights = random([6, 4], 2)

test('a bias behind a convolution or a matrix product', async () => {
  const bias = random([4], 3)
  assert.equal(await opsOf((x) => tf.add(conv(x), bias), [5, 5, 2]), [
    'Transpose',
    'Conv',
    'Transpose',
  ])
  assert.equal(await opsOf((x) => tf.add(bias, tf.matMul(x, weights)), [6]), ['Gemm'])
  const row = tf.reshape(bias, [1, 4])
  assert.equal(await opsOf((x) => tf.softmax(tf.add(tf.matMul(x, weights), row)), [6]), [
    'Gemm',
    'Softmax',
  ])
  assert.equal(await opsOf((x) => tf.sub(tf.matMul(x, weights), bias), [6]), ['Gemm'])
})

test('factors and terms in a row, scalars among them', async () => {
  const scale = random([1, 1, 1, 4], 4)
  const shift = random([4], 5)
  const affine = (x: tf.Tensor) => tf.add(tf.mul(tf.add(tf.mul(x, scale), shift), 2), -1)
  assert.equal(await opsOf((x) => affine(conv(x)), [5, 5, 2]), ['Transpose', 'Conv', 'Transpose'])
  const turned = random([4, 6], 6)
  assert.equal(await opsOf((x) => tf.mul(tf.matMul(x, turned, false, true), random([4], 7)), [6]), [
    'Gemm',
  ])
})

test('batch norm behind a matrix product, through its reshapes', async () => {
  const [mean, variance, offset, scale] = [1, 2, 3, 4].map((seed) => random([4], seed)) as [
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
  ]
  assert.equal(
    await opsOf(
      (x) => tf.batchNorm(tf.add(tf.matMul(x, weights), 1), mean, variance, offset, scale, 1e-3),
      [6],
    ),
    ['Gemm'],
  )
  assert.equal(await opsOf((x) => tf.batchNorm(conv(x), mean, variance), [5, 5, 2]), [
    'Transpose',
    'Conv',
    'Transpose',
  ])
})

test('depthwise convolutions', async () => {
  const depthwise = random([3, 3, 2, 2], 8) as tf.Tensor4D
  const scale = random([4], 9)
  const ops = await opsOf(
    (x) => tf.add(tf.mul(tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, 1, 'same'), scale), 1),
    [5, 5, 2],
  )
  assert.is(ops.filter((op) => op === 'Conv').length, 1)
  assert.not.ok(ops.includes('Add') || ops.includes('Mul'))
})

test('what is used elsewhere, differs by place or follows an activation stays', async () => {
  const twice = (x: tf.Tensor) => {
    const y = conv(x)
    return tf.add(tf.add(y, 1), tf.relu(y))
  }
  assert.ok((await opsOf(twice, [5, 5, 2])).includes('Add'))
  const places = random([3, 3, 4], 10)
  assert.ok((await opsOf((x) => tf.add(conv(x), places), [5, 5, 2])).includes('Add'))
  assert.ok((await opsOf((x) => tf.add(tf.relu(conv(x)), 1), [5, 5, 2])).includes('Add'))
  assert.ok((await opsOf((x) => tf.sub(1, tf.matMul(x, weights)), [6])).includes('Sub'))
  // One channel, stretched to four.
  const narrow = random([6, 1], 11)
  assert.ok(
    (await opsOf((x) => tf.add(tf.matMul(x, narrow), random([4], 12)), [6])).includes('Add'),
  )
})

function fold(graph: Graph): void {
  foldBiases(graph)
  removeDeadCode(graph)
}

test('a bias that a run computes becomes that of the convolution or matrix product before it', async () => {
  const vector = { shape: [4] }
  const planes = await checkPass(
    ({ x, kernel, bias }) => ({
      y: tf
        .conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
        .add(bias!)
        .relu(),
    }),
    { x: { shape: [2, 5, 5, 2] }, kernel: { shape: [3, 3, 2, 4] }, bias: vector },
    fold,
  )
  assert.equal(planes.after, ['FusedConv2D', 'Relu'])
  const rows = await checkPass(
    ({ x, kernel, bias }) => ({ y: bias!.add(tf.matMul(x!, kernel!)) }),
    { x: { shape: [3, 6] }, kernel: { shape: [6, 4] }, bias: vector },
    fold,
  )
  assert.equal(rows.after, ['_FusedMatMul'])
  const other = await checkPass(
    ({ x, kernel, bias }) => {
      const y = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
      return { sum: y.add(bias!), scaled: y.mul(bias!) }
    },
    { x: { shape: [2, 5, 5, 2] }, kernel: { shape: [3, 3, 2, 4] }, bias: vector },
    fold,
  )
  assert.equal(other.after, other.before)
})

test.run()
