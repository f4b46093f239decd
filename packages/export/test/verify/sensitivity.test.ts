import { Model } from '@ashlar/core'
import { ExportError } from '@ashlar/errors'
import { isCapturing } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import type { NamedData } from '../../src/tensors.ts'
import type { Difference } from '../../src/verify/compare.ts'
import { forgive } from '../../src/verify/sensitivity.ts'

const test = suite('unsteady models')

const numbers = (...values: number[]): NamedData => ({
  x: { shape: [values.length], dtype: 'float32', data: Float32Array.from(values) },
})

const difference: Difference = {
  maxAbsolute: 0.5,
  maxRelative: 0.5,
  allowed: 1e-4,
  magnitude: 1,
  passed: false,
}

const judge = async (
  run: (feeds: NamedData) => NamedData,
  other?: NamedData,
  given: Difference = difference,
) => {
  const runs = {
    again: (feeds: NamedData) => Promise.resolve(run(feeds)),
    elsewhere: () => Promise.resolve(other),
  }
  return (await forgive(numbers(0, 0), numbers(0, 0), new Map([['x', given]]), runs)).get('x')!
}

/** 1 for anything above 0. */
const step = ({ x }: NamedData) =>
  numbers(...Array.from(x!.data as Float32Array, (each) => (each > 0 ? 1 : -1)))

test('a difference that rounding of the input makes as well is forgiven', async () => {
  const judged = await judge(step)
  assert.ok(judged.passed)
  assert.is(judged.sensitivity, 1)
})

test('so is one that two backends make between them, where they agree within the tolerance', async () => {
  const near = { ...difference, maxAbsolute: 3e-4 }
  const judged = await judge((feeds) => feeds, numbers(9e-5, 0), near)
  assert.ok(judged.passed)
  assert.ok(Math.abs(judged.sensitivity! - 9e-5) < 1e-6)
  const steady = await judge((feeds) => feeds, numbers(5e-5, 0), near)
  assert.not.ok(steady.passed, 'a sixth of the difference says nothing')
  const wrong = await judge((feeds) => feeds, numbers(0.2, 0))
  assert.not.ok(wrong.passed, 'one of the two computes something else')
  assert.ok(wrong.sensitivity! <= 1e-6)
})

test('that of a steady model is not, nor one that passed looked into', async () => {
  const judged = await judge((feeds) => feeds)
  assert.not.ok(judged.passed)
  assert.ok(judged.sensitivity! <= 1e-6)
  const passed = new Map([['x', { ...difference, passed: true }]])
  const never = () => assert.unreachable('the model runs again') as never
  const runs = { again: never, elsewhere: never }
  assert.is(await forgive(numbers(0), numbers(0), passed, runs), passed)
})

test('a model that divides by the range of its input exports', async () => {
  // The range of equal numbers is zero, or what rounding of the logarithm makes of it.
  const normalized = (x: tf.Tensor) => {
    const logs = tf.log(tf.add(tf.square(x), 1e-10))
    const low = tf.min(logs, 1, true)
    return tf.divNoNan(tf.sub(logs, low), tf.sub(tf.max(logs, 1, true), low))
  }
  const { report } = await exportOnnx(normalized, { inputs: { x: { shape: [null, 37] } } })
  assert.ok(report.verification.passed)
})

/** Adds to a steep line what no rounding of the output explains, but rounding of the input does; only where TensorFlow.js itself computes. */
const unsteady = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(x, 1e3), isCapturing() ? 0 : 1e-3)

class Unsteady extends Model {
  override call(x: tf.Tensor): tf.Tensor {
    return unsteady(x)
  }
}

test('is forgiven in functions of others, never in a Model', async () => {
  const inputs = { x: { shape: [null, 3] } }
  const { report } = await exportOnnx(unsteady, { inputs })
  const outputs = report.verification.cases.flatMap((each) => each.outputs)
  assert.ok(outputs.some(({ sensitivity }) => sensitivity !== undefined))
  for (const layout of ['nhwc', 'nchw'] as const) {
    try {
      await exportOnnx(new Unsteady(), { inputs, layout })
      assert.unreachable('the output is not within the tolerance')
    } catch (error) {
      assert.instance(error, ExportError)
    }
  }
})

test.run()
