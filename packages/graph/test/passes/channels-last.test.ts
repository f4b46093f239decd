import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('calls with channels first')

const image = { shape: [1, 2, 5, 5] }

/** tfjs's CPU kernels know channels last alone, so the reference turns the image itself. */
async function agrees(
  first: (x: tf.Tensor4D) => tf.Tensor,
  last: (x: tf.Tensor4D) => tf.Tensor,
): Promise<void> {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    first: first(x as tf.Tensor4D),
    last: last(x!.transpose([0, 2, 3, 1]) as tf.Tensor4D).transpose([0, 3, 1, 2]),
  })
  const { results } = await runCaptured(program, { x: image }, portableTarget())
  closeTo(results.first!, results.last!)
}

const filter = tf.randomUniform([3, 3, 2, 3], -1, 1, 'float32', 1) as tf.Tensor4D

test('convolve as with channels last', () =>
  agrees(
    (x) => tf.conv2d(x, filter, 2, 'same', 'NCHW'),
    (x) => tf.conv2d(x, filter, 2, 'same', 'NHWC'),
  ))

test('so do depthwise ones', () =>
  agrees(
    (x) => tf.depthwiseConv2d(x, filter, 1, 'same', 'NCHW'),
    (x) => tf.depthwiseConv2d(x, filter, 1, 'same', 'NHWC'),
  ))

test('need no transposes', () => {
  const graph = capture(
    ({ x }) => {
      const y = tf.conv2d(x as tf.Tensor4D, filter, 1, 'same', 'NCHW').relu()
      return { y }
    },
    { inputs: { x: { shape: image.shape, dtype: 'float32' } } },
  )
  const ops = optimize(graph, portableTarget()).nodes.map(({ op }) => op)
  // One turns the filter, which is a constant.
  assert.ok(ops.filter((op) => op === 'Transpose').length <= 1, ops.join())
})

test.run()
