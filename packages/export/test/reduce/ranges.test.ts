import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quantizeWeights } from '../../src/reduce/ranges.ts'

const test = suite('ranges of int8')

/** Numbers from -1 to 1, the same in each run. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return (2 * state) / 2 ** 31 - 1
  })
}

/** The most that a CPU adds up of any two products with bytes, in either direction. */
function mostOfTwo(weights: readonly number[]): number {
  const sorted = [...weights].sort((a, b) => a - b)
  const [low, high] = [sorted.slice(0, 2), sorted.slice(-2)].map((pair) =>
    pair.reduce((sum, each) => sum + 255 * each, 0),
  )
  return Math.max(-low!, high!)
}

for (const seed of [1, 2, 3]) {
  test(`two products with bytes fit into 16 bits, whatever the weights: ${seed}`, () => {
    const [rows, columns] = [9, 40]
    const given = numbers(rows * columns, seed)
    // All of one sign, one far out, and equal ones, whose halves of a step are rounded alike.
    for (let row = 0; row < rows; row++) {
      given[row * columns] = Math.abs(given[row * columns]!)
      given[row * columns + 1] = (row === 0 ? 100 : 1) * given[row * columns + 1]!
      given[row * columns + 2] = 0.99
    }
    const dims = [rows, columns]
    const { data, scales } = quantizeWeights(given, dims, { axis: 1, isMultiplied: true })
    for (let column = 0; column < columns; column++) {
      const own = Array.from({ length: rows }, (_, row) => data[row * columns + column]!)
      assert.ok(mostOfTwo(own) <= 32767, `${own}`)
      // No smaller than need be: the two that go furthest come near.
      assert.ok(mostOfTwo(own) >= 255 * 125 || Math.max(...own.map(Math.abs)) === 127, `${own}`)
      own.forEach((each, row) => {
        const wanted = given[row * columns + column]!
        assert.ok(Math.abs(each * scales[column]! - wanted) <= scales[column]! / 2 + 1e-6)
      })
    }
  })
}

test('what is looked up takes all of a byte', () => {
  const { data, scales } = quantizeWeights(Float32Array.of(1, 1, -0.25), [3], {
    isMultiplied: false,
  })
  assert.equal([...data], [127, 127, -32])
  assert.equal([...scales], [Math.fround(1 / 127)])
})

test.run()
