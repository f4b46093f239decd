import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('a stem of few channels before a batch norm')

const inputs = {
  image: { shape: [2, 8, 8, 1] },
  filter: { shape: [3, 3, 1, 16] },
  scale: { shape: [16], range: [0.5, 2] },
  offset: { shape: [16] },
} as const

/** The derivative by the filter, scale and offset, and the moving averages' new values. */
const stem = (given: Record<string, tf.Tensor>) => derivatives(given, 1)

function derivatives(
  { image, filter, scale, offset }: Record<string, tf.Tensor>,
  strides: number,
  padding: 'same' | 'valid' = 'same',
) {
  let statistics: { mean: tf.Tensor; variance: tf.Tensor } | undefined
  const loss = (...[kernel, slope, shift]: tf.Tensor[]) => {
    const y = tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, strides, padding)
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    // They outlive the gradient.
    statistics = { mean: tf.keep(mean), variance: tf.keep(variance) }
    const normal = tf.batchNorm(
      y,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      shift as never,
      slope as never,
      1e-3,
    )
    return normal.relu().square().sum()
  }
  const [dfilter, dscale, doffset] = tf.grads(loss)([filter!, scale!, offset!])
  const { mean, variance } = statistics!
  return { dfilter: dfilter!, dscale: dscale!, doffset: doffset!, mean, variance }
}

test('has the gradients of the plain graph', async () => {
  await checkProgram(stem, inputs, 2e-4)
})

test('has them with several channels and strides', async () => {
  const wide = { ...inputs, image: { shape: [3, 12, 8, 2] }, filter: { shape: [5, 3, 2, 16] } }
  await checkProgram(stem, wide, 2e-4)
  await checkProgram((given) => derivatives(given, 2), wide, 2e-4)
})

test('has the variance, and gradients that are numbers, where the image has a large mean', async () => {
  const program = (given: Record<string, tf.Tensor>) => {
    const { dfilter, variance } = derivatives(given, 1, 'valid')
    return { variance, isFinite: dfilter.isFinite().all() }
  }
  for (const range of [
    [1000, 1001],
    [1000, 1000],
  ] as const) {
    const image = { shape: [2, 8, 8, 1], range }
    await checkProgram(program, { ...inputs, image }, 1e-3)
  }
})

test('has them where a penalty on the scale reads its gradient first', async () => {
  const program = ({ image, filter, scale, offset }: Record<string, tf.Tensor>) => {
    const loss = (...[kernel, slope, shift]: tf.Tensor[]) => {
      const y = tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
      const { mean, variance } = tf.moments(y, [0, 1, 2])
      const vectors = [mean, variance, shift, slope] as [tf.Tensor1D, tf.Tensor1D, never, never]
      const penalty = slope!.square().sum().add(kernel!.square().sum())
      return tf
        .batchNorm(y, ...vectors, 1e-3)
        .relu()
        .square()
        .sum()
        .add(penalty)
    }
    const [dfilter, dscale, doffset] = tf.grads(loss)([filter!, scale!, offset!])
    return { dfilter: dfilter!, dscale: dscale!, doffset: doffset! }
  }
  await checkProgram(program, inputs, 2e-4)
})

test('takes its moments from the windows in forms for the CPU alone', async () => {
  const captured = () =>
    capture(stem, {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
      ),
    })
  const portable = optimize(captured(), portableTarget())
  assert.ok(portable.nodes.every(({ domain }) => domain === ''))
  const fast = optimize(captured(), await cpuTarget())
  assert.ok(fast.nodes.some(({ domain }) => domain !== ''))
})

test.run()
