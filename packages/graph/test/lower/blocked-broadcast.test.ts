import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { checkProgram } from '../support/check-program.ts'

const test = suite('blocks of channels that are broadcast')

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

const OPS = {
  mul: tf.mul,
  add: tf.add,
  sub: tf.sub,
  maximum: tf.maximum,
  squaredDifference: tf.squaredDifference,
}

/** A gate for each channel, of a convolution of one pixel, on images that lie with channels first, in blocks, or last. */
for (const [channels, groups, stride] of [
  [32, 1, 1],
  [32, 2, 1],
  [48, 6, 2],
  [48, 1, 2],
] as const) {
  const part = channels / groups
  for (const [name, apply] of Object.entries(OPS)) {
    test(`${name} of ${channels} channels in ${groups} groups, stride ${stride}`, () =>
      checkProgram(
        ({ x, f, g, h }) => {
          const images = groups === 1 ? [x!] : tf.split(x!, groups, -1)
          const convolved = images.map((each) =>
            tf.conv2d(each as tf.Tensor4D, f as tf.Tensor4D, stride, 'same'),
          )
          const y = tf.relu(groups === 1 ? convolved[0]! : tf.concat(convolved, -1))
          const pooled = tf.mean(y, [1, 2], true) as tf.Tensor4D
          const narrow = tf.relu(tf.conv2d(pooled, g as tf.Tensor4D, 1, 'same')) as tf.Tensor4D
          const gate = tf.sigmoid(tf.conv2d(narrow, h as tf.Tensor4D, 1, 'same'))
          return { y: apply(y, gate) }
        },
        {
          x: { shape: [2, 12, 12, channels], values: numbers(288 * channels, 1) },
          f: { shape: [3, 3, part, part], values: numbers(9 * part * part, 2) },
          g: { shape: [1, 1, channels, 8], values: numbers(channels * 8, 3) },
          h: { shape: [1, 1, 8, channels], values: numbers(channels * 8, 4) },
        },
        1e-4,
      ))
  }
}

test.run()
