import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { windowOf } from '../../src/lower/window.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, runCaptured } from '../support/kernel-example.ts'

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

/**
 * Images of which dy fills a core's cache several times: they are parted into stripes of so many rows, which differ by the numbers in a block. Of them a block of images is close by, for up to four blocks of outputs.
 */
for (const [inputs, outputs, [height, width], filter, strides, pad, stripe, dilations] of [
  [16, 32, [8, 72], [3, 3], 1, 'same', { 16: 4, 8: 4 }],
  [32, 32, [8, 72], [3, 3], 1, 'same', { 16: 4, 8: 4 }],
  [16, 32, [15, 72], [5, 2], 1, 'same', { 16: 5, 8: 5 }],
  [16, 32, [15, 143], [3, 3], 2, 'same', { 16: 2, 8: 4 }],
  [16, 32, [17, 143], [3, 3], 2, 'valid', { 16: 2, 8: 4 }],
  // The last row and column are seen by no window.
  [16, 32, [18, 144], [3, 3], 2, 'valid', { 16: 2, 8: 4 }],
  [32, 64, [14, 130], [3, 1], 1, 'valid', { 16: 3, 8: 3 }],
  // No number of rows but one parts a prime one.
  [16, 32, [7, 90], [3, 3], 1, 'same', { 16: 7, 8: 7 }],
  [32, 32, [15, 64], [3, 2], 1, 'same', { 16: 5, 8: 5 }, [2, 1]],
  // One block of outputs, halved that there are two groups, or two blocks.
  [16, 16, [6, 9], [3, 3], 1, 'same', { 16: 3, 8: 6 }],
  [16, 16, [5, 9], [3, 3], 1, 'same', { 16: 5, 8: 5 }],
] as const) {
  for (const batch of inputs === 32 && outputs === 32 ? [16, 32] : [16]) {
    const name = `${inputs} to ${outputs} channels, ${batch} x ${height} x ${width}, ${filter.join(' x ')}`
    test(`in stripes, ${name}, stride ${strides}, ${pad}, gaps ${dilations ?? 'none'}`, async () => {
      const attrs = { strides: [strides, strides], dilations: dilations ?? [1, 1], pad }
      const filterShape = [...filter, inputs, outputs]
      const { output } = windowOf([height, width], filter, attrs)
      const program = ({ x, f, dy }: Record<string, tf.Tensor>) => {
        const y = tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same').relu()
        const given = { ...attrs, filterShape, dataFormat: 'NHWC' }
        return {
          dg: tf.engine().runKernel('Conv2DBackpropFilter', { x: y, dy: dy! }, given) as tf.Tensor,
        }
      }
      const inputsOf = {
        x: { shape: [batch, height, width, 16] },
        f: { shape: [1, 1, 16, inputs] },
        dy: { shape: [batch, ...output, outputs] },
      }
      const target = await cpuTarget()
      const { nodes } = optimize(captureExample(program, inputsOf), target)
      // The convolution over all pixels of a stripe of dy.
      const rows = nodes.flatMap(({ op, attrs: { kernel_shape: kernel } }) => {
        const [height, width] = op === 'Conv' ? (kernel as number[]) : []
        return width === output[1] ? height! : []
      })
      if (batch === 16 && target.block > 0) {
        assert.equal(rows, [stripe[target.block as keyof typeof stripe]])
      }
      // tfjs's own takes seconds; the portable form is one of matrix products.
      const [expected, actual] = [
        await runCaptured(program, inputsOf, portableTarget()),
        await runCaptured(program, inputsOf, target),
      ]
      closeTo(actual.results.dg!, expected.results.dg!, 2e-4)
    })
  }
}

test.run()
