import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { type AxisSize, classesOf } from '../../src/capture/size-classes.ts'
import { sizesOfRound } from '../../src/capture/size-rounds.ts'
import { boundsOf, type Dim, formatSize } from '../../src/ir/index.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('what a program takes')

type TensorProgram = (...inputs: tf.Tensor[]) => tf.Tensor

/** The captured graph's shapes in words, and the bounds of the first input's. */
function sizesOf(program: TensorProgram, shapes: Readonly<Record<string, readonly AxisSize[]>>) {
  const names = Object.keys(shapes)
  const graph = captureDynamic(
    (inputs) => ({ y: program(...names.map((name) => inputs[name]!)) }),
    {
      inputs: Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
      ),
    },
  )
  const words = (shape: readonly Dim[]) => shape.map(formatSize).join(', ')
  return {
    inputs: graph.inputs.map(({ value }) => words(value.shape)),
    output: words(graph.outputs[0]!.value.shape),
    bounds: graph.inputs[0]!.value.shape.map((size) => boundsOf(size).join(' to ')),
  }
}

const rows = { x: [null, null] } as const
const image = { x: [1, null, null, 4] } as const
const x4 = (x: tf.Tensor) => x as tf.Tensor4D

test('multiples are found: three halvings, and back', () => {
  const program = (x: tf.Tensor) => {
    const half = (each: tf.Tensor4D) => tf.avgPool(each, 2, 2, 'valid')
    const y = half(half(half(x4(x))))
    const [, h, w] = y.shape
    return tf.add(x, tf.image.resizeNearestNeighbor(y, [8 * h, 8 * w]))
  }
  const { inputs, bounds } = sizesOf(program, image)
  assert.equal(inputs, ['1, 8 * x[1], 8 * x[2], 4'])
  assert.is(bounds[1], '8 to Infinity')
})

test('multiples are found where tfjs computes on with parts of pixels', () => {
  const { inputs, output } = sizesOf(
    (x) => tf.reshape(x, [1, x.shape[1]! / 7, x.shape[2]!, 28]),
    image,
  )
  assert.equal([...inputs, output], ['1, 7 * x[1], x[2], 4', '1, x[1], x[2], 28'])
})

test('bounds are found: a window that must fit, and a table that ends', () => {
  const filter = tf.ones([7, 5, 4, 1]) as tf.Tensor4D
  const valid = sizesOf((x) => tf.conv2d(x4(x), filter, 1, 'valid'), image)
  assert.equal(valid.bounds.slice(1, 3), ['7 to Infinity', '5 to Infinity'])
  assert.is(valid.output, '1, x[1] - 6, x[2] - 4, 1')
  const table = tf.ones([300, 4])
  const positions = sizesOf((x) => tf.add(x, tf.slice(table, [0, 0], [x.shape[1]!, 4])), {
    x: [null, null, 4],
  })
  assert.is(positions.bounds[1], '1 to 300')
})

test('axes that must be equal are found to be one', () => {
  const sum = sizesOf((a, b) => tf.add(a!, b!), { a: [null, null], b: [null, null] })
  assert.equal(sum.inputs, ['a[0], a[1]', 'a[0], a[1]'])
  assert.equal(sizesOf((x) => tf.add(x!, tf.transpose(x!)), rows).inputs, ['x[0], x[0]'])
  const apart = sizesOf((q, k) => tf.matMul(q!, k!, false, true), { q: [null, 3], k: [null, 3] })
  assert.is(apart.output, 'q[0], k[0]')
})

test('names, multiples and bounds that are given are kept', () => {
  const { inputs, output, bounds } = sizesOf((a, b) => tf.concat([a!, b!], 0), {
    a: [{ name: 'time', multipleOf: 4, min: 10, max: 90 }, 2],
    b: ['time', 2],
  })
  assert.equal([...inputs, output], ['4 * time, 2', '4 * time, 2', '8 * time, 2'])
  assert.is(bounds[0], '12 to 88')
  // A branch that the bounds leave out.
  const branch: TensorProgram = (x) => (x.shape[1]! > 50 ? tf.relu(x) : tf.neg(x))
  assert.is(sizesOf(branch, { x: [null, { max: 50 }] }).bounds[1], '1 to 50')
  assert.throws(
    () => sizesOf(branch, { x: [null, { min: 0 }] }),
    /size x\[1\]: limits of a size must be whole numbers above 0 that some multiple keeps, got .*"min":0/,
  )
})

test('ways that part at a size are refused in words', () => {
  const given: readonly (readonly [TensorProgram, RegExp])[] = [
    [(x) => (x.shape[1]! > 50 ? tf.relu(x) : tf.neg(x)), /Relu and Neg|Neg and Relu/],
    [(x) => (x.shape[1]! % 4 === 0 ? tf.relu(x) : tf.neg(x)), /Relu and Neg|Neg and Relu/],
    [(x) => (x.shape[0] === 2 ? tf.relu(x) : tf.neg(x)), /Relu and Neg|Neg and Relu/],
    [(x) => (x.shape[1]! > 4000 ? tf.relu(x) : tf.neg(x)), /Relu and Neg|Neg and Relu/],
    [(x) => tf.addN(Array.from({ length: x.shape[1]! }, () => x)), /inputs, at x\[0\] = \d+/],
    [(x) => tf.squeeze(tf.slice(x, [0, 0], [-1, 1])), /output y of shape \[\] at x\[0\] = 1/],
  ]
  for (const [program, message] of given) {
    assert.throws(() => sizesOf(program, rows), message)
    assert.throws(() => sizesOf(program, rows), /Say which sizes are meant: .*\{ min: 2 \}/)
  }
})

test('numbers that follow in no known way are refused with their samples', () => {
  assert.throws(
    () => sizesOf((x) => tf.slice(x, [0, 0], [-1, Math.ceil(Math.sqrt(x.shape[1]!))]), rows),
    /Slice size: a number computed from sizes must be a sum, product, quotient, remainder or bound of them, got "[\d, ]+\.\.\. at the sizes tried"/,
  )
  assert.throws(
    () => sizesOf((x) => tf.leakyRelu(x, 1 / x.shape[1]!), rows),
    /LeakyRelu alpha: must not follow a size that varies/,
  )
  assert.throws(
    () => sizesOf((x) => tf.mul(x, Array.from({ length: x.shape[1]! }, Math.sin)), rows),
    /numbers made in JavaScript must not depend on the size of an input/,
  )
})

slow('what JavaScript computes from sizes is recognised', () => {
  const slice = (size: (n: number, m: number) => number) =>
    sizesOf((x) => tf.slice(x, [0, 0], [-1, size(x.shape[1]!, x.shape[0]!)]), {
      x: [{ name: 'm', min: 3 }, 'n'],
    }).output
  const forms: readonly (readonly [(n: number, m: number) => number, string])[] = [
    [(n) => Math.min(n, 100), 'min(n, 100)'],
    [(n) => Math.min(n, 5000), 'min(n, 5000)'],
    [(n) => Math.ceil(n / 2), 'floor((n + 1) / 2)'],
    [(n) => (n + 1) >> 1, 'floor((n + 1) / 2)'],
    [(n) => Math.max(1, n >> 5), 'max(floor(n / 32), 1)'],
    [(n) => Math.max(1, Math.round(n * 0.3)), 'max(floor((3 * n + 5) / 10), 1)'],
    [(n) => n - (n % 7), '7 * floor(n / 7)'],
    [(n) => n - Math.min(n - 1, 3), 'max(n - 3, 1)'],
    [(n) => Math.min(Math.max(1, n - 8), 300), 'min(max(n - 8, 1), 300)'],
    [(n) => 1 + (n % 2 === 0 ? 1 : 0), 'n + 2 - 2 * floor((n + 1) / 2)'],
    [(n, m) => Math.min(n, m), 'min(m, n)'],
  ]
  for (const [size, text] of forms) {
    assert.is(slice(size), `m, ${text}`)
  }
})

test('of large multiples the second and third are left for the proof of a file', () => {
  const free = (multipleOf: number) => classesOf({ x: [1, { multipleOf }, { multipleOf }, 3] })
  const seen = (multipleOf: number) =>
    new Set(
      Array.from({ length: 108 }, (_, round) => sizesOfRound(free(multipleOf), round))
        .flat()
        .map((size) => size / multipleOf),
    )
  assert.ok(![2, 3].some((count) => seen(64).has(count)) && seen(64).size > 12)
  assert.ok([2, 3].every((count) => seen(4).has(count)))
})

test.run()
