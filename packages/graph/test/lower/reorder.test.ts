import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { registerOps } from '../../src/ops/table.ts'
import { checkProgram } from '../support/check-program.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite('bringing values from layout to layout')

/** A convolution leaves its result in blocks; what comes behind is asked for in channels last, or has a partner there. */
function between(
  work: (image: tf.Tensor4D, other: tf.Tensor4D) => tf.Tensor,
): (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor> {
  return ({ x, filter, other }) => {
    const image = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
    return { y: work(image, other as tf.Tensor4D) }
  }
}

// 17 channels end within a block.
for (const channels of [16, 17, 32]) {
  const inputs = {
    x: { shape: [2, 5, 3, 16] },
    filter: { shape: [3, 3, 16, channels] },
    other: { shape: [2, 5, 3, channels] },
  }
  const cases: Record<string, (image: tf.Tensor4D, other: tf.Tensor4D) => tf.Tensor> = {
    'truth values': (image) => tf.greater(image, 0),
    'truth values of both layouts': (image, other) =>
      tf.logicalAnd(tf.greater(image, 0), tf.less(other, 1)),
    'a choice by truth values of another layout': (image, other) =>
      tf.where(tf.logicalOr(tf.less(image, 0), tf.less(other, 0)), image, other),
    'integers beyond what float32 holds': (image, other) => {
      const whole = tf.cast(tf.mul(tf.sign(image), 3), 'int32')
      const large = tf.add(tf.mul(whole, tf.scalar(300_000_007, 'int32')), whole)
      return tf.add(large, tf.cast(tf.mul(other, 9), 'int32'))
    },
    'derivatives of bounds': (image, other) =>
      tf.grad((x: tf.Tensor) => tf.mul(tf.clipByValue(x, -0.5, 0.5), other))(image),
  }
  for (const [name, work] of Object.entries(cases)) {
    test(`${name}, ${channels} channels`, () => checkProgram(between(work), inputs))
  }
}

test.run()
