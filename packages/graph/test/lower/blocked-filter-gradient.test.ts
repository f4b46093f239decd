import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('gradients by filters over images that lie in blocks')

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

/** Of the second of two convolutions, whose images the first leaves in blocks. */
for (const [channels, kernel, stride, pad] of [
  [16, [3, 3], 1, 'same'],
  [32, [3, 3], 1, 'same'],
  [32, [3, 3], 2, 'same'],
  [32, [2, 5], 1, 'same'],
  [16, [3, 3], 1, 'valid'],
  // The last row and column are seen by no window.
  [16, [3, 3], 2, 'valid'],
  [16, [1, 1], 1, 'same'],
  [48, [1, 1], 1, 'same'],
  [32, [1, 1], 2, 'same'],
  [32, [1, 1], 2, 'valid'],
] as const) {
  test(`${channels} channels, ${kernel.join(' x ')}, stride ${stride}, ${pad}`, () =>
    checkProgram(
      ({ x, f, g }) => {
        const loss = (filter: tf.Tensor) => {
          const y = tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same').relu()
          return tf
            .conv2d(y as tf.Tensor4D, filter as tf.Tensor4D, stride, pad)
            .square()
            .mean()
        }
        return { dg: tf.grad(loss)(g!) }
      },
      {
        x: { shape: [16, 7, 5, 16], values: numbers(16 * 35 * 16, 1) },
        f: { shape: [1, 1, 16, channels], values: numbers(16 * channels, 2) },
        g: {
          shape: [...kernel, channels, channels],
          values: numbers(kernel[0] * kernel[1] * channels * channels, 3),
        },
      },
      2e-4,
    ))
}

test.run()
