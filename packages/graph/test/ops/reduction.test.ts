import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('reductions')

test('over the batch and one axis of pixels leave the order of tfjs, behind a convolution too', async () => {
  const inputs = { x: { shape: [2, 3, 4, 3] }, f: { shape: [3, 3, 3, 5] } }
  const conv = (x: tf.Tensor, f: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')
  for (const axes of [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
  ]) {
    await checkProgram(({ x, f }) => ({ y: conv(x!, f!).sum(axes) }), inputs)
  }
  await checkProgram(
    ({ x, f, p }) => ({
      dp: tf.grad((each: tf.Tensor) => conv(conv(x!, f!).add(each), f!).square().sum())(p!),
    }),
    { x: { shape: [2, 3, 4, 3] }, f: { shape: [3, 3, 3, 3] }, p: { shape: [4, 3] } },
  )
})

test('their derivatives make no table as large as what was reduced', () => {
  const engine = tf.engine()
  const make = engine.makeTensor
  let largest = 0
  engine.makeTensor = function (values, ...rest) {
    largest = Math.max(largest, values?.length ?? 0)
    return make.call(this, values, ...rest)
  }
  try {
    for (const reduce of [tf.sum, tf.mean] as const) {
      capture(({ x }) => ({ dx: tf.grad((each) => tf.square(reduce(each, [0, 2])).sum())(x!) }), {
        inputs: { x: { shape: [16, 3, 32], dtype: 'float32' } },
      })
    }
  } finally {
    engine.makeTensor = make
  }
  assert.ok(largest <= 3, `${largest} numbers`)
})

test('of all but channels may go over sizes that vary', async () => {
  const target = await cpuTarget()
  for (const shape of [
    [null, 4],
    [null, 3, 3, 4],
  ]) {
    const captured = captureDynamic(
      ({ x }) => {
        const axes = shape.slice(1).map((_, axis) => axis)
        const { mean, variance } = tf.moments(x!, axes)
        return { sum: x!.sum(axes), mean, variance }
      },
      { inputs: { x: { shape, dtype: 'float32' } } },
    )
    optimize(captured, target)
  }
})

test.run()
