import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../src/capture/capture.ts'
import { portableTarget } from '../../../src/lower/target.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import { cpuTarget } from '../../../src/run/cpu-target.ts'
import { checkProgram } from '../../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('convolutions over volumes as such over planes')

interface Case {
  readonly volume: readonly number[]
  readonly kernel: readonly number[]
  readonly channels: readonly [number, number]
  readonly strides?: number | readonly [number, number, number]
  readonly pad?: 'same' | 'valid'
}

/** A convolution of all kinds of taps and strides, and both of its derivatives. */
const cases: Record<string, Case> = {
  'as many channels': { volume: [2, 5, 4, 3], kernel: [3, 3, 3], channels: [16, 16] },
  'more channels': { volume: [2, 4, 4, 5], kernel: [3, 3, 3], channels: [16, 32] },
  'fewer channels': { volume: [2, 4, 4, 3], kernel: [3, 3, 3], channels: [32, 16] },
  'few channels': { volume: [4, 4, 4, 4], kernel: [3, 3, 3], channels: [3, 16] },
  valid: { volume: [2, 5, 4, 4], kernel: [3, 3, 2], channels: [16, 16], pad: 'valid' },
  'an even kernel': { volume: [2, 5, 4, 4], kernel: [2, 2, 2], channels: [16, 16] },
  strided: { volume: [2, 6, 4, 5], kernel: [3, 3, 3], channels: [16, 16], strides: 2 },
  'strided, an odd depth': {
    volume: [2, 5, 4, 4],
    kernel: [3, 3, 3],
    channels: [16, 16],
    strides: 2,
  },
  'strided, valid': {
    ...{ volume: [2, 6, 5, 5], kernel: [3, 3, 3], channels: [16, 16] },
    ...{ strides: 2, pad: 'valid' },
  },
  'strided along the depth': {
    ...{ volume: [2, 7, 3, 3], kernel: [5, 1, 2], channels: [16, 16], strides: [3, 1, 1] },
  },
  'a stride past the kernel': {
    ...{ volume: [2, 5, 4, 4], kernel: [1, 1, 1], channels: [16, 32] },
    ...{ strides: 2, pad: 'valid' },
  },
  'taps over padding alone': { volume: [2, 1, 4, 4], kernel: [3, 3, 3], channels: [16, 16] },
  'whole blocks of planes': { volume: [4, 4, 5, 4], kernel: [3, 3, 3], channels: [16, 32] },
}

for (const [name, { volume, kernel, channels, strides = 1, pad = 'same' }] of Object.entries(
  cases,
)) {
  const filter = [...kernel, ...channels]
  test(name, () =>
    checkProgram(
      ({ x, f }) => {
        const loss = (...[image, weights]: tf.Tensor[]) =>
          tf
            .conv3d(image as tf.Tensor5D, weights as tf.Tensor5D, strides as never, pad)
            .square()
            .mean()
        const y = tf.conv3d(x as tf.Tensor5D, f as tf.Tensor5D, strides as never, pad)
        const [dx, df] = tf.grads(loss)([x!, f!])
        return { y, dx: dx!, df: df! }
      },
      { x: { shape: [...volume, channels[0]] }, f: { shape: filter, range: [-0.5, 0.5] } },
      2e-4,
    ),
  )
}

test('is done for fixed shapes, on the CPU alone', async () => {
  const captured = () =>
    capture(({ x, f }) => ({ y: tf.conv3d(x as tf.Tensor5D, f as tf.Tensor5D, 1, 'same') }), {
      inputs: {
        x: { shape: [2, 8, 8, 8, 16], dtype: 'float32' },
        f: { shape: [3, 3, 3, 16, 16], dtype: 'float32' },
      },
    })
  const ranks = (graph: ReturnType<typeof captured>) =>
    graph.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[0]!.shape.length)
  assert.equal(ranks(optimize(captured(), portableTarget())), [5])
  assert.equal(ranks(optimize(captured(), await cpuTarget())), [4, 4])
})

test.run()
