import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('gradients of max pooling')

for (const [name, size, strides, pad] of [
  ['apart', 2, 2, 'valid'],
  ['overlapping', 3, 2, 'same'],
  ['at every pixel', 2, 1, 'valid'],
  ['with pixels left over', 2, 3, 'valid'],
] as const) {
  test(`over planes, ${name}`, () =>
    checkProgram(
      ({ x }) => ({
        dx: tf.grad((each: tf.Tensor) => {
          const pooled = tf.maxPool(each as tf.Tensor4D, size, strides, pad)
          return pooled.square().sum()
        })(x!),
      }),
      { x: { shape: [2, 7, 6, 3] } },
    ))
}

for (const [name, size, strides, pad] of [
  ['apart', 2, 2, 'valid'],
  ['overlapping, with zeros at the end', 3, 2, 'same'],
  ['overlapping, with zeros at both ends', 3, 2, 1],
  ['overlapping far', 5, 2, 'same'],
  ['at every pixel', 3, 1, 'same'],
  ['with pixels left over', 2, 3, 'valid'],
  ['with an odd plane', [2, 3], [3, 2], 'same'],
] as const) {
  test(`over planes in blocks of channels, ${name}: of equal pixels to the first`, async () => {
    const program = ({ x, f }: Record<string, tf.Tensor>) => {
      // Whole numbers, so that many are equal.
      const [images, filter] = [x!.mul(4).round(), f!.mul(2).round()]
      const image = tf.conv2d(images as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same').relu()
      return {
        dx: tf.grad((each: tf.Tensor) => {
          const window = size as [number, number]
          const pooled = tf.maxPool(each as tf.Tensor4D, window, strides as [number, number], pad)
          return pooled.square().add(pooled).sum()
        })(image),
      }
    }
    const inputs = { x: { shape: [4, 8, 10, 32] }, f: { shape: [3, 3, 32, 32] } }
    const target = await cpuTarget()
    const { nodes } = lower(captureExample(program, inputs), target)
    assert.is(nodes.filter(({ op }) => op === 'Split').length, target.block > 0 ? 0 : 1)
    const [plain, blocked, strict] = await Promise.all(
      [portableTarget(), target, { ...target, strict: true }].map((each) =>
        runCaptured(program, inputs, each),
      ),
    )
    closeTo(blocked!.results.dx!, plain!.results.dx!, 1e-3)
    closeTo(strict!.results.dx!, plain!.results.dx!, 1e-3)
  })
}

for (const [name, size, strides, pad] of [
  ['apart', 2, 2, 'valid'],
  ['overlapping, with zeros at the end', 3, 2, 'same'],
  ['overlapping, with zeros at both ends', 3, 2, 1],
  ['at every pixel', 3, 1, 'same'],
  ['with pixels left over', 2, 3, 'valid'],
] as const) {
  test(`of averages over planes in blocks of channels, ${name}`, async () => {
    const program = ({ x, f }: Record<string, tf.Tensor>) => {
      const image = tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')
      const pool = (each: tf.Tensor) => tf.avgPool(each as tf.Tensor4D, size, strides, pad)
      return { dx: tf.grad((each: tf.Tensor) => pool(each).square())(image) }
    }
    const inputs = { x: { shape: [4, 8, 10, 32] }, f: { shape: [3, 3, 32, 32] } }
    const target = await cpuTarget()
    const [plain, blocked] = await Promise.all(
      [portableTarget(), target].map((each) => runCaptured(program, inputs, each)),
    )
    closeTo(blocked!.results.dx!, plain!.results.dx!, 1e-4)
    if (target.block === 0) return
    const { nodes } = lower(captureExample(program, inputs), target)
    const moving = nodes.filter(({ op, attrs }) => op === 'Conv' && attrs.group === target.block)
    assert.is(moving.length > 0, name !== 'apart')
  })
}

test('over images of more pixels than a call can have arguments', () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    dx: tf.grad((each: tf.Tensor) => tf.maxPool(each as tf.Tensor4D, 2, 2, 'valid'))(x!),
  })
  const graph = captureExample(program, { x: { shape: [1, 400, 400, 1] } })
  assert.equal(lower(graph, portableTarget()).outputs[0]!.value.shape, [1, 400, 400, 1])
})

test('over volumes', () =>
  checkProgram(
    ({ x }) => ({
      dx: tf.grad((each: tf.Tensor) => tf.maxPool3d(each as tf.Tensor5D, 2, 2, 'valid').square())(
        x!,
      ),
    }),
    { x: { shape: [1, 4, 4, 4, 2] } },
  ))

test('go to the first of equal pixels, as in TensorFlow', async () => {
  const image = { shape: [1, 2, 4, 1], values: [3, 3, 1, 5, 3, 3, 5, 5] }
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    dx: tf.grad((each: tf.Tensor) => tf.maxPool(each as tf.Tensor4D, 2, 2, 'valid'))(x!),
  })
  const { results } = await runCaptured(program, { x: image }, portableTarget())
  closeTo(results.dx!, [1, 0, 0, 1, 0, 0, 0, 0], 0)
})

test('of averages leave padding out, so that all shares of a window add up to one', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    dx: tf.grad((each: tf.Tensor) => tf.avgPool(each as tf.Tensor4D, 3, 2, 'same').sum())(x!),
  })
  const { results } = await runCaptured(program, { x: { shape: [1, 5, 5, 1] } }, portableTarget())
  const sum = (results.dx as Float32Array).reduce((total, each) => total + each, 0)
  assert.ok(Math.abs(sum - 9) < 1e-5, `${sum}`)
})

test.run()
