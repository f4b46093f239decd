import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { betweenByHardSigmoid } from '../../src/passes/between-by-hard-sigmoid.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseActivations } from '../../src/passes/fuse-activation.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('masks of ReLU6s as arithmetic')

const inputs = { x: { shape: [5, 1003], range: [-9, 9] } } as const

const pass = (graph: Parameters<typeof betweenByHardSigmoid>[0]) => {
  betweenByHardSigmoid(graph)
  removeDeadCode(graph)
}

const mask = (x: tf.Tensor, low: number, high: number) =>
  tf.cast(tf.logicalAnd(tf.greater(x, low), tf.less(x, high)), 'float32')

/** The numbers that lie closest to one. */
const around = (number: number) => {
  const bits = new Int32Array(Float32Array.of(number).buffer)[0]!
  return [...new Float32Array(Int32Array.of(bits - 1, bits, bits + 1).buffer)]
}

for (const bound of [6, 1, 0.1, 20.3, 1e-3, 1e6]) {
  test(`have the same bits, up to ${bound}`, async () => {
    const edges = [
      ...around(bound),
      ...[0, -0, 2 ** -60, -(2 ** -60), 3e38, -3e38, Infinity, -Infinity],
    ]
    const program = ({ x }: Record<string, tf.Tensor>) => ({
      mask: mask(tf.clipByValue(x!, 0, bound), 0, bound),
      shaped: mask(tf.reshape(tf.clipByValue(tf.neg(x!), 0, bound), [-1]), 0, bound),
      edges: mask(
        tf.clipByValue(tf.add(tf.tensor1d(edges), tf.mul(tf.mean(x!), 0)), 0, bound),
        0,
        bound,
      ),
    })
    const { before, after } = await checkLoweredPass(program, inputs, pass, { tolerance: 0 })
    assert.is(before.filter((op) => op === 'And').length, 3)
    assert.is(after.filter((op) => op === 'HardSigmoid').length, 3)
    for (const op of ['And', 'Greater', 'Less', 'Cast']) assert.not(after.includes(op), op)
  })
}

for (const bound of [6, 1, 0.1, 20.3, 1e-3, 1e6]) {
  test(`have the same bits in blocks of channels, up to ${bound}`, async () => {
    const target = await cpuTarget()
    const edges = [
      ...[...around(bound), ...around(bound / 2)],
      ...[0, -0, 2 ** -60, -(2 ** -60), 3e38, -3e38, bound * 2],
    ]
    // A convolution of one pixel gives each channel one of the edges, and cuts off.
    const program = ({ x }: Record<string, tf.Tensor>) => {
      const channels = 32
      const numbers = Array.from({ length: channels }, (_, at) => edges[at % edges.length]!)
      const one = tf.fill([1, 1, 16, channels], 0) as tf.Tensor4D
      const image = tf.reshape(x!, [1, 16, 16, 16]) as tf.Tensor4D
      const y = tf.fused.conv2d({
        ...{ x: image, filter: one, strides: 1, pad: 'same' as const },
        bias: tf.tensor1d(numbers),
      })
      const random = tf.fused.conv2d({
        ...{ x: tf.mul<tf.Tensor4D>(image, bound / 4), strides: 1, pad: 'same' as const },
        filter: tf.eye(16).reshape([1, 1, 16, 16]) as tf.Tensor4D,
      })
      return {
        edges: mask(tf.clipByValue(y, 0, bound), 0, bound),
        random: mask(tf.clipByValue(random, 0, bound), 0, bound),
      }
    }
    const finish = (graph: Parameters<typeof betweenByHardSigmoid>[0]) => {
      fuseActivations(graph)
      pass(graph)
    }
    const given = { x: { shape: [1, 4096], range: [-9, 9] } } as const
    const { after } = await checkLoweredPass(program, given, finish, { tolerance: 0, target })
    assert.is(after.filter((op) => op === 'HardSigmoid').length, 2)
    assert.not.ok(after.includes('Less'))
    if (target.block > 0) assert.not.ok(after.includes('Sub'))
  })
}

test('stay as they are of what was not cut off at these bounds: NaN may be what a mask is for', async () => {
  const numbers = [3, Number.NaN, 50, 7, 0, Number.POSITIVE_INFINITY]
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const y = tf.add(tf.tensor1d(numbers), tf.mul(tf.mean(x!), 0))
    return {
      valid: mask(y, 0, 100),
      positive: mask(y, 0, Number.POSITIVE_INFINITY),
      less: mask(tf.clipByValue(x!, 0, 8), 0, 6),
    }
  }
  const { after } = await checkLoweredPass(program, inputs, pass)
  assert.not.ok(after.includes('HardSigmoid'))
  assert.is(after.filter((op) => op === 'And').length, 3)
})

test('stay as they are of other bounds, of two values, and where ends count', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    shifted: mask(x!, -1, 1),
    empty: mask(x!, 0, -6),
    two: tf.cast(tf.logicalAnd(tf.greater(x!, 0), tf.less(tf.neg(x!), 6)), 'float32'),
    ends: tf.cast(tf.logicalAnd(tf.greaterEqual(x!, 0), tf.lessEqual(x!, 6)), 'float32'),
  })
  const { before, after } = await checkLoweredPass(program, inputs, pass)
  assert.equal(after, before)
})

test.run()
