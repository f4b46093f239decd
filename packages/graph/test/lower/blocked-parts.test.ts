import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('images in blocks of channels that are put together and parted')

const target = await cpuTarget()
type Given = Record<string, tf.Tensor>
const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

const inputsOf = (channels: readonly [number, number]) => ({
  x: { shape: [4, 9, 7, 32] },
  f: { shape: [1, 1, 32, channels[0]] },
  g: { shape: [1, 1, 32, channels[1]] },
  h: { shape: [1, 1, channels[0] + channels[1], 16] },
})

const reorders = (graph: Graph) => graph.nodes.filter(({ op }) => op.startsWith('Reorder')).length

/** Channels of two branches, which a third convolution sees side by side; and the way back to each. */
const program = ({ x, f, g, h }: Given) => {
  const loss = (...[first, second]: tf.Tensor[]) => {
    const both = tf.concat([convolve(x!, first!).relu(), convolve(x!, second!).relu()], 3)
    return convolve(both, h!).square().mean()
  }
  const [df, dg] = tf.grads(loss)([f!, g!])
  return { df: df!, dg: dg! }
}

for (const channels of [
  [16, 32],
  [32, 32],
  // No whole blocks.
  [8, 24],
  [16, 20],
] as const) {
  test(`${channels.join(' and ')} channels`, () => checkProgram(program, inputsOf(channels), 1e-3))
}

test('neither reorders anything where both are whole blocks', () => {
  if (target.block === 0) return
  const forward = ({ x, f, g, h }: Given) => ({
    y: convolve(tf.concat([convolve(x!, f!), convolve(x!, g!)], 3), h!),
  })
  const graph = optimize(captureExample(forward, inputsOf([16, 32])), target)
  // x to blocks, and y back, which is nothing to do for a single block.
  assert.is(reorders(graph), target.block === 16 ? 1 : 2)
})

test('a branch that lies otherwise is brought to blocks by itself', () =>
  checkProgram(
    ({ x, f, h }) => {
      const other = tf.sigmoid(x!.slice([0, 0, 0, 0], [4, 9, 7, 16])).reverse(1)
      return { y: convolve(tf.concat([convolve(x!, f!), other], 3), h!) }
    },
    {
      x: { shape: [4, 9, 7, 32] },
      f: { shape: [1, 1, 32, 32] },
      h: { shape: [1, 1, 48, 16] },
    },
    1e-4,
  ))

test('parts along images, rows and channels are what they were', () =>
  checkProgram(
    ({ x, f }) => {
      const y = convolve(x!, f!)
      const parts = [...tf.split(y, 2, 0), ...tf.split(y, [4, 5], 1), ...tf.split(y, 3, 3)]
      const uneven = tf.split(y, [16, 12, 20], 3)
      return Object.fromEntries([...parts, ...uneven].map((part, at) => [`y${at}`, part.mul(2)]))
    },
    { x: { shape: [4, 9, 7, 32] }, f: { shape: [1, 1, 32, 48] } },
    1e-4,
  ))

test.run()
