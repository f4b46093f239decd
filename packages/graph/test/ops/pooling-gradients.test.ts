import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { checkProgram } from '../support/check-program.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

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
