import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../src/capture/capture.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import { cpuTarget } from '../../../src/run/cpu-target.ts'
import { checkProgram } from '../../support/check-program.ts'
import { closeTo } from '../../support/close-to.ts'
import { runCaptured } from '../../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('pools over volumes as such over planes')

type Size = number | readonly [number, number, number]

for (const [name, size, strides, pad] of [
  ['apart', 2, 2, 'valid'],
  ['overlapping', [3, 2, 3], 2, 'same'],
  ['at every pixel', 2, 1, 'valid'],
  ['with pixels left over', 2, 3, 'valid'],
  ['of planes alone', [1, 2, 2], [1, 2, 2], 'valid'],
  ['along the depth alone', [3, 1, 1], [2, 1, 1], 'same'],
] as readonly (readonly [string, Size, Size, 'valid' | 'same'])[]) {
  for (const [kind, pool] of [
    ['maxima', tf.maxPool3d],
    ['averages', tf.avgPool3d],
  ] as const) {
    for (const channels of [3, 16]) {
      test(`${kind} ${name}, ${channels} channels`, () => {
        // Behind a convolution in blocks, where there are whole blocks.
        const run = (x: tf.Tensor, filter: tf.Tensor) => {
          const y = tf.relu(tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, 'same'))
          return pool(y as tf.Tensor5D, size as never, strides as never, pad)
        }
        return checkProgram(
          ({ x, filter }) => {
            const gradients = tf.grads((...[each, weights]) => run(each!, weights!).square().sum())
            const [dx, dfilter] = gradients([x!, filter!])
            return { y: run(x!, filter!), dx: dx!, dfilter: dfilter! }
          },
          {
            x: { shape: [2, 5, 6, 7, channels] },
            filter: { shape: [1, 1, 1, channels, channels], range: [-0.5, 0.5] },
          },
          1e-4,
        )
      })
    }
  }
}

test('a gradient goes to the first of equal elements, plane by plane', async () => {
  const values = [1, 3, 3, 1, 3, 3, 5, 1, 2, 2, 2, 2, 2, 2, 2, 2]
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    dx: tf.grad((each: tf.Tensor) => tf.maxPool3d(each as tf.Tensor5D, 2, 2, 'valid'))(x!),
  })
  const inputs = { x: { shape: [1, 4, 2, 2, 1], values } }
  const { results } = await runCaptured(program, inputs, await cpuTarget())
  closeTo(results.dx!, [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0], 0)
})

test('integers, and windows that see nothing but padding, are pooled as they were', async () => {
  const target = await cpuTarget()
  const ranks = (dtype: 'int32' | 'float32', pad: 'valid' | number) => {
    const graph = capture(({ x }) => ({ y: tf.maxPool3d(x as tf.Tensor5D, 2, 2, pad) }), {
      inputs: { x: { shape: [1, 4, 4, 4, 16], dtype } },
    })
    const pools = optimize(graph, target).nodes.filter(({ op }) => op === 'MaxPool')
    return pools.map(({ inputs }) => inputs[0]!.shape.length)
  }
  assert.equal(ranks('float32', 'valid'), [4, 4])
  assert.equal(ranks('int32', 'valid'), [5])
  assert.equal(ranks('float32', 2), [5])
})

test.run()
