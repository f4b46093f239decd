import { capture, optimize, portableTarget } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { geluTanh, layers } from '../../src/index.ts'

const test = suite('gelu')

await tf.setBackend('cpu')

const gelu = (x: tf.Tensor): tf.Tensor => layers.activation({ activation: 'gelu' }).apply(x)

/** erf in double precision: its power series, which converges quickly enough up to 4. */
function erf(x: number): number {
  let term = x
  let sum = x
  for (let k = 1; k < 200; k++) {
    term *= (-x * x) / k
    sum += term / (2 * k + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
const cumulative = (x: number) => (1 + erf(x / Math.SQRT2)) / 2

const POINTS = Array.from({ length: 41 }, (_, at) => -5 + at / 4)

/** Against a function in double precision. */
function holds(found: tf.Tensor, exact: (x: number) => number, tolerance: number): void {
  for (const [at, value] of found.dataSync().entries()) {
    const expected = exact(POINTS[at]!)
    assert.ok(Math.abs(value - expected) < tolerance, `${POINTS[at]}: ${value}, not ${expected}`)
  }
}

test('value, derivative and second derivative are those of x Φ(x)', () => {
  tf.tidy(() => {
    const x = tf.tensor1d(POINTS)
    const first = tf.grad(gelu)
    holds(gelu(x), (at) => at * cumulative(at), 1e-6)
    holds(first(x), (at) => cumulative(at) + at * density(at), 1e-6)
    const second = tf.grad((at) => first(at))(x)
    holds(second, (at) => (2 - at * at) * density(at), 2e-6)
  })
})

/** By tanh, and its derivatives of double precision: differences of so small a step that their error is beyond the tolerance. */
const byTanh = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const difference = (f: (x: number) => number) => (x: number) => (f(x + 1e-4) - f(x - 1e-4)) / 2e-4

test('by tanh: value, derivative and second derivative', () => {
  const first = tf.grad(geluTanh)
  const named: (x: tf.Tensor) => tf.Tensor = (x) =>
    layers.activation({ activation: 'gelu_new' as 'gelu' }).apply(x)
  tf.tidy(() => {
    const x = tf.tensor1d(POINTS)
    holds(geluTanh(x), byTanh, 1e-6)
    holds(first(x), difference(byTanh), 2e-6)
    holds(tf.grad((at) => first(at))(x), difference(difference(byTanh)), 4e-6)
    holds(tf.grad(named)(x), difference(byTanh), 2e-6)
  })
})

for (const [name, fn] of Object.entries({ gelu, geluTanh })) {
  test(`${name}: far out its derivative is 0 and 1`, () => {
    tf.tidy(() => {
      const found = tf.grad(fn)(tf.tensor1d([-1e30, -40, 0, 40, 1e30]))
      assert.equal([...found.dataSync()], [0, 0, 0.5, 1, 1])
    })
  })
}

for (const [name, fn, wanted] of [
  ['gelu', gelu, 11],
  ['geluTanh', geluTanh, 19],
] as const) {
  test(`${name}: with its derivative it goes over its tensor ${wanted} times`, () => {
    const spec = { shape: [2, 3], dtype: 'float32' } as const
    const captured = capture(({ x, dy }) => ({ y: fn(x!), dx: tf.grad(fn)(x!, dy!) }), {
      inputs: { x: spec, dy: spec },
    })
    const { nodes } = optimize(captured, portableTarget())
    const passes = nodes.filter(({ outputs }) => String(outputs[0]!.shape) === '2,3')
    assert.is(passes.length, wanted, passes.map(({ op }) => op).join(' '))
  })
}

test('a dense layer has it by its name', () => {
  tf.tidy(() => {
    const layer = layers.dense({
      units: 1,
      useBias: false,
      kernelInitializer: 'ones',
      activation: 'gelu',
    })
    const x = tf.tensor2d(POINTS, [POINTS.length, 1])
    holds(layer.apply(x), (at) => at * cumulative(at), 1e-6)
    holds(tf.grad((at) => layer.apply(at))(x), (at) => cumulative(at) + at * density(at), 1e-6)
  })
})

test.run()
