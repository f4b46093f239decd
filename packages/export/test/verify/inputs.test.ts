import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { madeUp } from '../../src/verify/inputs.ts'

const test = suite('made-up inputs')

const sizes = (axis: number) => (axis === 0 ? 7 : 5)

test('the same arguments give the same numbers', () => {
  const specs = { x: { shape: [null, 3] } }
  assert.equal(madeUp(specs, 'random', sizes), madeUp(specs, 'random', sizes))
  assert.is(madeUp(specs, 'random', sizes).batch, 7)
  assert.equal(madeUp(specs, 'random', sizes).feeds.x!.shape, [7, 3])
})

test('numbers stay in the range of their input', () => {
  const specs = {
    index: { shape: [null, 50], dtype: 'int32', range: [0, 9] },
    pixel: { shape: [null, null], range: [0.25, 1] },
    flag: { shape: [100], dtype: 'bool' },
  } as const
  for (const kind of ['random', 'zero', 'extreme'] as const) {
    const { feeds } = madeUp(specs, kind, sizes)
    const within = (name: string, low: number, high: number) =>
      assert.ok((feeds[name]!.data as Float32Array).every((value) => value >= low && value <= high))
    within('index', 0, 9)
    within('pixel', 0.25, 1)
    within('flag', 0, 1)
  }
  const random = madeUp(specs, 'random', sizes).feeds.index!.data as Int32Array
  assert.is(new Set(random).size, 10)
  const extreme = madeUp(specs, 'extreme', sizes).feeds.index!.data as Int32Array
  assert.equal([...new Set(extreme)].sort(), [0, 9])
})

test('columns of a table that hold indices get whole numbers, the others any', () => {
  const specs = { x: { shape: [null, 3], columns: [undefined, [0, 4], [0, 1]] } } as const
  for (const kind of ['random', 'zero', 'extreme'] as const) {
    const data = madeUp(specs, kind, () => 60).feeds.x!.data as Float32Array
    const column = (at: number) => data.filter((_, place) => place % 3 === at)
    const seen = (at: number) => [...new Set(column(at))].sort()
    assert.equal(seen(1), kind === 'random' ? [0, 1, 2, 3, 4] : kind === 'zero' ? [0] : [0, 4])
    assert.equal(seen(2), kind === 'zero' ? [0] : [0, 1])
    assert.is(seen(0).length, { random: 60, zero: 1, extreme: 2 }[kind])
  }
})

test('inputs of no known range are normal, and extremes far away', () => {
  const specs = { x: { shape: [10_000] } }
  const numbers = madeUp(specs, 'random', sizes).feeds.x!.data as Float32Array
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const square = numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length
  assert.ok(Math.abs(mean) < 0.05)
  assert.ok(Math.abs(square - 1) < 0.1)
  const extreme = madeUp(specs, 'extreme', sizes).feeds.x!.data as Float32Array
  assert.equal([...new Set(extreme)].sort(), [-100, 100])
  assert.is(madeUp(specs, 'extreme', sizes).batch, undefined)
})

test.run()
