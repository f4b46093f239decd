import { encodeWeights, layers, Model, samplesOf } from '@ashlar/core'
import { ExportError } from '@ashlar/errors'
import { isCapturing } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import type { NamedData } from '../../src/tensors.ts'
import { compare, type Difference } from '../../src/verify/compare.ts'
import { forgive, roundingOf, stepOf } from '../../src/verify/sensitivity.ts'

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

const judge = async (run: (feeds: NamedData) => NamedData, given: Difference = difference) => {
  const runs = { source: {}, again: (feeds: NamedData) => Promise.resolve(run(feeds)) }
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

test('sums may be off by the square root of their terms, on both sides', () => {
  assert.is(stepOf(1), 8 * 2 ** -24)
  assert.is(stepOf(400), 160 * 2 ** -24)
})

/** Sums of float32 in another order, from the last term on, as another runtime may take them. */
function dense(x: Float32Array, kernel: Float32Array, units: number, isReversed: boolean) {
  const inputs = x.length
  return Float32Array.from({ length: units }, (_, unit) => {
    let sum = 0
    for (let at = 0; at < inputs; at++) {
      const i = isReversed ? inputs - 1 - at : at
      sum = Math.fround(sum + Math.fround(x[i]! * kernel[i * units + unit]!))
    }
    return sum
  })
}

test('whatever order float32 sums are taken in is forgiven, and what no rounding does is not, at every scale', async () => {
  let seed = 5
  const draw = () => {
    seed = (seed * 48271) % 2147483647
    return (2 * seed) / 2147483647 - 1
  }
  const units = 3
  for (const inputs of [4, 64, 512]) {
    for (const scale of [1e-3, 1, 1e5]) {
      for (let round = 0; round < 5; round++) {
        const x = Float32Array.from({ length: inputs }, () => scale * (3 + draw()))
        const kernel = Float32Array.from({ length: inputs * units }, draw)
        // Each output comes near zero: large numbers cancel.
        const offset = dense(x, kernel, units, false)
        for (let unit = 0; unit < units; unit++) kernel[unit]! -= offset[unit]! / x[0]!
        const asData = (data: Float32Array) => ({
          shape: [1, data.length],
          dtype: 'float32' as const,
          data,
        })
        let weights: Float32Array = kernel
        const again = (feeds: NamedData) =>
          Promise.resolve({
            y: asData(dense(feeds.x!.data as Float32Array, weights, units, false)),
          })
        const source = {
          isExact: true as const,
          *weights() {
            yield { name: 'kernel', data: weights, fanIn: inputs, infinities: 'none' as const }
          },
          moveWeights(move: (name: string, data: Float32Array) => Float32Array) {
            weights = move('kernel', kernel)
            return () => {
              weights = kernel
            }
          },
        }
        const feeds = { x: asData(x) }
        const expected = await again(feeds)
        const verdict = async (found: Float32Array) => {
          const y = compare(expected.y, asData(found), roundingOf(source, feeds))
          const judged = await forgive(feeds, expected, new Map([['y', y]]), { source, again })
          assert.is(weights, kernel, 'weights are put back')
          return judged.get('y')!.passed
        }
        assert.ok(await verdict(dense(x, kernel, units, true)), `${inputs} inputs of ${scale}`)
        const wrong = kernel.slice()
        wrong[units + 1]! += 0.01
        assert.not.ok(await verdict(dense(x, wrong, units, false)), `a wrong weight, ${scale}`)
      }
    }
  }
})

test('the shorter the sums, the less may differ: a small network holds more than any fixed tolerance says', async () => {
  for (const [inputs, off] of [
    [2, 4e-6],
    [16, 1e-5],
    [256, 4e-5],
  ] as const) {
    const x = Float32Array.from({ length: inputs }, (_, i) => 1 + (i % 7) / 7)
    const kernel = Float32Array.from({ length: inputs }, (_, i) => 0.5 + (i % 5) / 5)
    const asData = (data: Float32Array) => ({
      ...{ shape: [1, data.length], dtype: 'float32' as const, data },
    })
    let weights: Float32Array = kernel
    const source = {
      isExact: true as const,
      *weights() {
        yield { name: 'kernel', data: weights, fanIn: inputs, infinities: 'none' as const }
      },
      moveWeights(move: (name: string, data: Float32Array) => Float32Array) {
        weights = move('kernel', kernel)
        return () => {
          weights = kernel
        }
      },
    }
    const again = (feeds: NamedData) =>
      Promise.resolve({ y: asData(dense(feeds.x!.data as Float32Array, weights, 1, false)) })
    const feeds = { x: asData(x) }
    const expected = await again(feeds)
    const verdict = async (factor: number) => {
      const found = asData(expected.y.data.map((value) => value * factor) as Float32Array)
      const y = compare(expected.y, found, roundingOf(source, feeds))
      const judged = await forgive(feeds, expected, new Map([['y', y]]), { source, again })
      return judged.get('y')!.passed
    }
    assert.ok(await verdict(1 + 2e-7), `${inputs} inputs`)
    assert.not.ok(await verdict(1 + off), `${inputs} inputs, off by ${off}`)
  }
})

test('a regression with large inputs exports, and its weights are as they were', async () => {
  class Regression extends Model {
    readonly hidden = layers.dense({ units: 256, activation: 'relu' })
    readonly head = layers.dense({ units: 1 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.head.apply(this.hidden.apply(x))
    }
  }
  const model = new Regression({ seed: 4 })
  model.build([null, 8])
  const before = await encodeWeights(model)
  const inputs = tf.randomUniform([64, 8], 1e6, 3e6, 'float32', 3)
  const samples = await samplesOf(inputs, tf.zeros([64, 1]))
  const { report } = await exportOnnx(model, { samples })
  assert.ok(report.verification.passed)
  assert.equal(await encodeWeights(model), before)
  inputs.dispose()
  model.dispose()
})

test('columns of indices are not moved: a wrong weight of a category is refused', async () => {
  const weights = (wrong: number) => (code: number) =>
    code === 2 ? 0.5 + wrong : code === 3 ? 7 : 0
  const table = (run: (code: number) => number) => (feeds: NamedData) => {
    const [code, number] = feeds.x!.data as Float32Array
    return { y: { ...numbers(run(code!) + number!).x!, shape: [1, 1] } }
  }
  const feeds = { x: { ...numbers(2, 1e-3).x!, shape: [1, 2] } }
  const inputs = { x: { shape: [null, 2], columns: [[0, 3], undefined] } } as const
  const expected = table(weights(0))(feeds)
  const found = table(weights(0.25))(feeds)
  const y = compare(expected.y, found.y, 1e-7)
  const again = (given: NamedData) => Promise.resolve(table(weights(0))(given) as NamedData)
  const runs = { source: { inputs }, again }
  const judged = (await forgive(feeds, expected, new Map([['y', y]]), runs)).get('y')!
  assert.not.ok(judged.passed)
  assert.ok(judged.sensitivity! > 0 && judged.sensitivity! < 1e-5)
})

test('that of a steady model is not, nor one that passed looked into', async () => {
  const judged = await judge((feeds) => feeds)
  assert.not.ok(judged.passed)
  assert.ok(judged.sensitivity! <= 1e-6)
  const passed = new Map([['x', { ...difference, passed: true }]])
  const never = () => assert.unreachable('the model runs again') as never
  const runs = { source: {}, again: never }
  assert.is(await forgive(numbers(0), numbers(0), passed, runs), passed)
})

test('a function of indices whose sums are longer than its samples exports', async () => {
  const table = tf.randomUniform([50, 4096], 0, 1, 'float32', 3)
  const kernel = tf.randomUniform([4096, 2], 0, 1, 'float32', 4)
  const run = (x: tf.Tensor) => {
    const rows = tf.reshape(tf.gather(table, tf.cast(x, 'int32')), [-1, 4096])
    return tf.matMul(rows, kernel)
  }
  const inputs = { x: { shape: [null, 1], dtype: 'int32' } } as const
  const { report } = await exportOnnx(run, { inputs })
  const { outputs } = report.verification.cases[0]!
  assert.ok(outputs[0]!.allowed > stepOf(4096) * outputs[0]!.magnitude)
  tf.dispose([table, kernel])
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
const unsteady = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(x, 1e3), isCapturing() ? 0 : 4e-4)

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
