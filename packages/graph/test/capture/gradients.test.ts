import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

const test = suite('derivatives of captured programs')

type TensorProgram = (x: tf.Tensor) => tf.Tensor

/** The derivative of the sum of a program's squares. */
const gradientOf = (program: TensorProgram) => (inputs: Record<string, tf.Tensor>) => ({
  y: tf.grad((x) => tf.sum(tf.square(program(x))))(inputs.x!),
})

function nodesOf(program: TensorProgram, shape: number[]): number {
  return capture(gradientOf(program), { inputs: { x: { shape, dtype: 'float32' } } }).nodes.length
}

/** Derivatives whose graph tfjs makes as large as the tensors are. */
const GROWING: Readonly<Record<string, TensorProgram>> = {
  'a tile': (x) => tf.tile(x, [3, x.shape[0]]),
  'a gather of each batch': (x) =>
    tf.gather(x, tf.zeros([x.shape[0], 2], 'int32') as unknown as tf.Tensor1D, 1, 1),
  'a layer norm over rows': (x) => {
    const { mean, variance } = tf.moments(x, -1, true)
    const shape = [x.shape[0], 1]
    const scale = tf.tile(tf.ones([1, x.shape[1]!]), shape as [number, number])
    return tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3))), scale)
  },
}

for (const [name, program] of Object.entries(GROWING)) {
  test(`${name}: as many kernels whatever the size`, () => {
    assert.is(nodesOf(program, [4, 5]), nodesOf(program, [96, 5]))
  })
}

test('the derivative of a derivative: a penalty on the gradient of a small network', async () => {
  const filter = tf.tensor4d(
    Float32Array.from({ length: 3 * 3 * 2 * 3 }, (_, at) => 0.3 * Math.sin(at)),
    [3, 3, 2, 3],
  )
  const network = (x: tf.Tensor) => {
    const y = tf.elu(tf.conv2d(x as tf.Tensor4D, filter, 1, 'same'))
    const pooled = tf.maxPool(y, 2, 2, 'valid')
    return tf.sum(tf.softplus(tf.avgPool(tf.leakyRelu(pooled), 2, 1, 'same')))
  }
  const penalty = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(network)(x)))
  const size = 2 * 6 * 6 * 2
  const values = Array.from({ length: size }, (_, at) => Math.sin(3.7 * at + 1))
  const inputs = { x: { shape: [2, 6, 6, 2], values } } as const
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    gradient: tf.grad(penalty)(x!),
    value: penalty(x!).asScalar(),
  })
  const { results } = await runCaptured(program, inputs, portableTarget())
  // Along one direction, from values of the penalty alone.
  const direction = Array.from({ length: size }, (_, at) => Math.cos(1.9 * at))
  const along = Array.from(results.gradient!, Number).reduce(
    (sum, each, at) => sum + each * direction[at]!,
    0,
  )
  const step = 4e-3
  const valueAt = async (by: number) => {
    const moved = values.map((value, at) => value + by * direction[at]!)
    const there = { x: { shape: [2, 6, 6, 2], values: moved } } as const
    const { results } = await runCaptured(
      ({ x }) => ({ value: penalty(x!).asScalar() }),
      there,
      portableTarget(),
    )
    return Number(results.value![0])
  }
  const difference = async (by: number) => ((await valueAt(by)) - (await valueAt(-by))) / (2 * by)
  const expected = (4 * (await difference(step)) - (await difference(2 * step))) / 3
  closeTo([along], [expected], 1e-2)
})

/** Kernels whose derivative tfjs makes of their output, of which it forgets where it came from. */
const OF_OUTPUTS: Readonly<Record<string, TensorProgram>> = {
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softmax: (x) => tf.softmax(x),
  exp: tf.exp,
  elu: tf.elu,
  'a maximum': (x) => tf.max(tf.square(x), 1),
  'a power': (x) => tf.pow(tf.add(x, 3), 3),
}

for (const [name, program] of Object.entries(OF_OUTPUTS)) {
  test(`the second derivative of ${name}`, async () => {
    const first = (x: tf.Tensor) => tf.grad((each) => tf.sum(tf.square(program(each))))(x)
    const values = [0.3, -0.7, 1.1, -0.2, 0.9, -1.3]
    const run = async (numbers: number[], of: (x: tf.Tensor) => tf.Tensor) => {
      const inputs = { x: { shape: [2, 3], values: numbers } } as const
      const { results } = await runCaptured(({ x }) => ({ y: of(x!) }), inputs, portableTarget())
      return Array.from(results.y!, Number)
    }
    const second = await run(values, (x) => tf.grad((each) => tf.sum(first(each)))(x))
    const step = 1e-2
    const expected = []
    for (const [index, value] of values.entries()) {
      const sums = []
      for (const by of [step, -step]) {
        const moved = values.map((each, at) => (at === index ? value + by : each))
        sums.push((await run(moved, first)).reduce((sum, each) => sum + each, 0))
      }
      expected.push((sums[0]! - sums[1]!) / (2 * step))
    }
    closeTo(second, expected, 2e-3)
  })
}

test('what has no derivative says which tensor leads to it', () => {
  const program: TensorProgram = (x) =>
    tf.image.transform(tf.ones([1, 4, 4, 1]) as tf.Tensor4D, x as tf.Tensor2D)
  assert.throws(
    () => capture(gradientOf(program), { inputs: { x: { shape: [1, 8], dtype: 'float32' } } }),
    /Transform: nothing that is trained must lead to its transforms\n {2}As in TensorFlow/,
  )
})

test('derivatives that only hold for names are gone afterwards', () => {
  capture(({ x }) => ({ y: tf.neg(x!) }), { inputs: { x: { shape: [2], dtype: 'float32' } } })
  assert.is(tf.getGradient('FFT'), undefined)
})

test.run()
