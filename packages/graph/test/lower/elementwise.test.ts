import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

const test = suite('operands of one number for each row')

type Given = Record<string, tf.Tensor>

/** Group normalisation (Wu and He 2018) as people write it. */
function normalized(x: tf.Tensor, groups: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const y = tf.reshape(x, [batch, height, width, groups, channels / groups])
  const { mean, variance } = tf.moments(y, [1, 2, 4], true)
  return tf.reshape(tf.mul(tf.sub(y, mean), tf.rsqrt(tf.add(variance, 1e-3))), x.shape)
}

for (const [channels, groups] of [
  [32, 8],
  [32, 1],
  [32, 32],
  [12, 3],
] as const) {
  const inputs = {
    x: { shape: [2, 9, 8, channels] },
    w: { shape: [2, 9, 8, channels] },
  } as const
  test(`group normalisation of ${channels} channels in ${groups} groups, and its derivative`, () =>
    checkProgram(
      ({ x, w }) => {
        const loss = (each: tf.Tensor) => tf.sum(tf.mul(tf.square(normalized(each, groups)), w!))
        const { value, grad } = tf.valueAndGrad(loss)(x!)
        return { value, grad }
      },
      inputs,
      1e-4,
    ))
}

test('a small one is spread over short rows before, one of long rows or that is as large is not', async () => {
  const target = await cpuTarget()
  const spread = (shape: readonly number[], row: number) => {
    const program = ({ x, y }: Given) => ({ z: tf.sub(x!, y!) })
    const inputs = { x: { shape: [...shape, row] }, y: { shape: [2, 1, ...shape.slice(2), 1] } }
    const { nodes } = optimize(captureExample(program, inputs), target)
    return nodes.some(({ op }) => op === 'Expand')
  }
  assert.is(spread([2, 100, 8], 4), true)
  assert.is(spread([2, 100, 8], 64), false)
  assert.is(spread([2, 3, 8], 4), false)
})

test.run()
