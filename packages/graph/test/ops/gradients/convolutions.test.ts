import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sizeOf } from '../../../src/ir/index.ts'
import { repairTfjs } from '../../../src/tfjs/repair.ts'
import { closeTo } from '../../support/close-to.ts'
import { captureExample, numbers } from '../../support/kernel-example.ts'

repairTfjs()
await tf.setBackend('cpu')

const test = suite('derivatives of convolutions with gaps')

/** Kernel, gaps and pixels per axis; pixels of a whole number of gaps, and not; padding that windows fill, and more. */
const CASES = [
  { kernel: [3, 3], dilations: [2, 2], space: [8, 8], pad: 'same' },
  { kernel: [3, 2], dilations: [2, 3], space: [9, 7], pad: 'same' },
  { kernel: [3, 3], dilations: [6, 4], space: [5, 9], pad: 'same' },
  { kernel: [2, 3], dilations: [1, 2], space: [5, 8], pad: 'valid' },
  { kernel: [1, 2], dilations: [4, 4], space: [3, 6], pad: 'same' },
  { kernel: [2, 2], dilations: [2, 2], space: [6, 5], pad: 3 },
  { kernel: [2, 2, 3], dilations: [2, 1, 3], space: [4, 5, 7], pad: 'valid' },
  { kernel: [3, 2, 2], dilations: [2, 3, 2], space: [5, 4, 6], pad: 'same' },
] as const

for (const { kernel, dilations, space, pad } of CASES) {
  const name = `${kernel.join(' x ')}, gaps ${dilations}, ${space.join(' x ')} pixels, padding ${pad}`
  const [image, filter] = [tensor([2, ...space, 3], 'x'), tensor([...kernel, 3, 2], 'filter')]
  const wide = kernel.map((taps, axis) => (taps - 1) * dilations[axis]! + 1)
  const taken = (dense: tf.Tensor) => {
    const begin = dense.shape.map(() => 0)
    return tf.stridedSlice(dense, begin, dense.shape, [...dilations, 1, 1])
  }
  // What it is taken from, zeros elsewhere.
  const dense = tf.grad((each) => tf.sum(tf.mul(taken(each), filter)))(tf.zeros([...wide, 3, 2]))
  const loss = (x: tf.Tensor, by: tf.Tensor, gaps: readonly number[]): tf.Scalar => {
    const y =
      kernel.length === 2
        ? tf.conv2d(x as tf.Tensor4D, by as tf.Tensor4D, 1, pad, 'NHWC', [...gaps] as never)
        : tf.conv3d(
            ...([x, by, 1, pad, 'NDHWC', [...gaps]] as unknown as Parameters<typeof tf.conv3d>),
          )
    return tf.sum(tf.mul(y, tensor(y.shape, 'weights')))
  }
  const none = kernel.map(() => 1)

  test(`by the filter, those of a larger filter without gaps: ${name}`, () => {
    const expected = taken(tf.grad((by) => loss(image, by, none))(dense))
    equal(tf.grad((by) => loss(image, by, dilations))(filter), expected)
  })

  test(`by the image, those of a larger filter without gaps: ${name}`, () => {
    const expected = tf.grad((x) => loss(x, dense, none))(image)
    equal(tf.grad((x) => loss(x, filter, dilations))(image), expected)
  })
}

test('of one tap, images stay as large as they are, whatever the gap', () => {
  const inputs = { x: { shape: [2, 4, 4, 3] }, filter: { shape: [1, 1, 3, 2] } }
  const loss = (x: tf.Tensor, filter: tf.Tensor) =>
    tf.sum(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same', 'NHWC', 64))
  const { nodes } = captureExample(({ x, filter }) => {
    const [dx, dw] = tf.grads(loss)([x!, filter!])
    return { dx: dx!, dw: dw! }
  }, inputs)
  const sizes = nodes.flatMap(({ outputs }) => outputs.map(({ shape }) => Number(sizeOf(shape))))
  assert.is(Math.max(...sizes), 2 * 4 * 4 * 3)
})

function equal(actual: tf.Tensor, expected: tf.Tensor): void {
  closeTo(actual.dataSync() as Float32Array, expected.dataSync() as Float32Array, 1e-4)
}

function tensor(shape: readonly number[], name: string): tf.Tensor {
  return tf.tensor(numbers({ shape }, name) as Float32Array, [...shape])
}

test.run()
