import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { integerBound, toInt32 } from '../../src/lower/integers.ts'
import { sum } from '../../src/lower/sums.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('integers and sums')

test('numbers become int32 as in JavaScript, of every size', async () => {
  const sizes = Array.from({ length: 120 }, (_, index) => 1.37 * 2 ** (index - 10))
  const special = [Number.NaN, Number.POSITIVE_INFINITY, 2147483648, 4294967296, 0.9, 3e38]
  const numbers = Float32Array.from([...sizes, ...special].flatMap((each) => [each, -each]))
  const graph = emptyGraph()
  const x = createValue([numbers.length], 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const y = toInt32(new OnnxBuilder(graph), x)
  graph.outputs.push({ name: 'y', value: y, state: false })
  const [got] = await runLowered(graph, { x: numbers })
  assert.equal(
    [...got!],
    Array.from(numbers, (each) => each | 0),
  )
})

test('bytes and truth values are integers already', () => {
  for (const dtype of ['uint8', 'bool', 'int8'] as const) {
    const graph = emptyGraph()
    toInt32(new OnnxBuilder(graph), createValue([3], dtype))
    assert.equal(
      graph.nodes.map(({ op }) => op),
      ['Cast'],
    )
  }
})

test('bounds of integers are integers that there are', () => {
  assert.equal([-Infinity, -2.5, 2.5, 1e12].map(integerBound), [-(2 ** 31), -2, 2, 2 ** 31 - 1])
})

// Equal numbers are the worst: each rounding goes the same way.
for (const [name, shape, axes] of [
  ['all of a million', [1_000_000], [0]],
  ['a prime number', [100_003], [0]],
  ['rows', [65_536, 4], [0]],
  ['a middle axis', [2, 20_011, 3], [1]],
  ['axes apart', [50, 3, 40, 30], [0, 2, 3]],
] as const) {
  test(`the sum over ${name} is right to 2e-6`, async () => {
    const count = shape.reduce((product, size) => product * size, 1)
    const graph = emptyGraph()
    const x = createValue(shape, 'float32', { name: 'x' })
    graph.inputs.push({ name: 'x', value: x, state: false })
    const y = sum(new OnnxBuilder(graph), x, axes, true)
    graph.outputs.push({ name: 'y', value: y, state: false })
    assert.equal(
      y.shape,
      shape.map((size, axis) => ((axes as readonly number[]).includes(axis) ? 1 : size)),
    )
    const [got] = await runLowered(graph, { x: new Float32Array(count).fill(0.1) })
    const wanted = Math.fround(0.1) * (count / got!.length)
    for (const each of got!) assert.ok(Math.abs(each - wanted) <= 2e-6 * wanted, `${each}`)
  })
}

test.run()
