import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { BACKEND, registerBackend } from '../../src/backend/index.ts'

const { test, slow } = tieredSuite('tfjs backend onnxruntime: one answer for one call')

test.after(() => tf.setBackend('cpu').then(() => undefined))

const ROUNDS = 60

type Type = 'float32' | 'int32'
const of = (value: number, size: number, dtype: Type = 'float32') => tf.fill([size], value, dtype)

const corner = (size: number) => {
  const image = tf.ones([1, size, size, 4]) as tf.Tensor4D
  const explicit = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ] as never
  return tf.grad((x) => tf.sum(tf.avgPool(x as tf.Tensor4D, 3, 1, explicit)))(image)
}

/** What is asked for with tensors of a size, and its first number. */
const CALLS: readonly (readonly [string, (size: number) => tf.Tensor, number, number?])[] = [
  ['max with a NaN', (n) => tf.max(withNan(n)), Number.NaN],
  ['min with a NaN', (n) => tf.min(withNan(n)), Number.NaN],
  ['argMax passes a NaN over', (n) => tf.argMax(withNan(n)), 6],
  ['step of NaN', (n) => tf.slice(tf.step(withNan(n)), 1, 1), Number.NaN],
  ['relu6 of NaN', (n) => tf.slice(tf.relu6(withNan(n)), 1, 1), Number.NaN],
  ['maximum with NaN', (n) => tf.maximum(of(1, n), of(Number.NaN, n)), Number.NaN],
  ['sign of NaN', (n) => tf.slice(tf.sign(withNan(n)), 1, 1), 0],
  ['cast of NaN', (n) => tf.cast(tf.slice(withNan(n), 1, 1), 'int32'), 0],
  ['cast of 3e9', (n) => tf.cast(of(3e9, n), 'int32'), -1294967296],
  ['atan2(0, 0)', (n) => tf.atan2(of(0, n), of(0, n)), 0],
  ['atan2(-0, -1)', (n) => tf.atan2(of(-0, n), of(-1, n)), -Math.PI],
  ['atan2(1, -0)', (n) => tf.atan2(of(1, n), of(-0, n)), Math.PI / 2],
  ['relu of a large integer', (n) => tf.relu(of(2147483647, n, 'int32')), 2147483647],
  ['abs of a large integer', (n) => tf.abs(of(-16777217, n, 'int32')), 16777217],
  ['round of a large integer', (n) => tf.round(of(16777217, n, 'int32')), 16777217],
  [
    'square of integers',
    (n) => tf.square(of(123456789, n, 'int32')),
    Math.imul(123456789, 123456789),
  ],
  ['floorDiv(1, 0)', (n) => tf.floorDiv(of(1, n, 'int32'), of(0, n, 'int32')), 0],
  ['floorDiv(-7, 2)', (n) => tf.floorDiv(of(-7, n, 'int32'), of(2, n, 'int32')), -4],
  ['mod(1, 0) of integers', (n) => tf.mod(of(1, n, 'int32'), of(0, n, 'int32')), 0],
  ['mod(-1e-20, 3)', (n) => tf.mod(of(-1e-20, n), of(3, n)), 3],
  ['pow(1, NaN)', (n) => tf.pow(of(1, n), of(Number.NaN, n)), 1],
  ['sum of integers beyond 2^31', (n) => tf.sum(of(2147483647, n, 'int32')), Number.NaN],
  ['log1p(1e-20)', (n) => tf.log1p(of(1e-20, n)), 1e-20],
  ['expm1(1e-20)', (n) => tf.expm1(of(1e-20, n)), 1e-20],
  ['elu(-1e-20)', (n) => tf.elu(of(-1e-20, n)), -1e-20],
  ['erf(1e-20)', (n) => tf.erf(of(1e-20, n)), 1e-20 * (2 / Math.sqrt(Math.PI))],
  ['sigmoid(-17.8)', (n) => tf.sigmoid(of(-17.8, n)), 1 / (1 + Math.exp(17.8))],
  ...[0, 1, 2, 3].map(
    (at) => [`maxPool passes NaN over at ${at}`, (n: number) => pooled(n, at), 2] as const,
  ),
  ['maxPool of minus infinity', (n) => pooled(n), Number.NEGATIVE_INFINITY],
  ['gradient of a padded average pool', (n) => corner(n < 1000 ? 8 : 24), 1 / 4 + 2 / 6 + 1 / 9],
]

/** Windows of 2, 2, 2 and a NaN at a place; of minus infinity without a place. */
function pooled(size: number, at?: number): tf.Tensor {
  const side = size < 1000 ? 8 : 80
  const x = new Float32Array(side * side * 4).fill(at === undefined ? Number.NEGATIVE_INFINITY : 2)
  const channels = 4
  if (at !== undefined) x[((at >> 1) * side + (at & 1)) * channels] = Number.NaN
  return tf.maxPool(tf.tensor4d(x, [1, side, side, channels]), 2, 2, 'valid')
}

function withNan(size: number): tf.Tensor {
  const numbers = new Float32Array(size).map((_, index) => index % 7)
  numbers[1] = Number.NaN
  return tf.tensor1d(numbers)
}

// Once as programs get it, once with everything on onnxruntime, once in JavaScript alone; small tensors and large ones.
for (const smallWork of ['cpu', 'onnxruntime'] as const) {
  for (const size of [512, 40_000]) {
    const declare = (smallWork === 'cpu') === (size === 512) ? test : slow
    for (const [name, call, wanted] of CALLS) {
      declare(`${name}, ${size} numbers, small work on ${smallWork}`, async () => {
        await tf.setBackend('cpu')
        registerBackend({ smallWork })
        await tf.setBackend(BACKEND)
        const right = name.startsWith('sum of') ? (2147483647 * size) | 0 : wanted
        const seen = new Set<string>()
        for (let round = 0; round < (smallWork === 'cpu' ? ROUNDS : 3); round++) {
          const y = tf.tidy(() => call(size))
          seen.add(String(y.dataSync()[0]))
          y.dispose()
        }
        assert.is(seen.size, 1, [...seen].join())
        const got = Number([...seen][0])
        const isRight = Object.is(got, right) || Math.abs(got - right) <= 2e-6 * Math.abs(right)
        assert.ok(isRight, `expected ${right}, got ${got}`)
      })
    }
  }
}

test.run()
