import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MomentSum, scaleOf, withMore } from '../../src/tables/moments.ts'

const test = suite('moments')

function momentsOf(numbers: readonly number[]) {
  const sum = new MomentSum()
  for (const number of numbers) sum.add(number)
  return sum.done()
}

test('mean and deviation, divided by the count', () => {
  assert.equal(scaleOf(momentsOf([1, 3])), { mean: 2, std: 1 })
  assert.equal(scaleOf(momentsOf([7, 7, 7])), { mean: 7, std: 1 })
  assert.is(scaleOf(momentsOf([])), undefined)
})

test('of numbers far from 0, whose squares would say nothing', () => {
  const { mean, std } = scaleOf(momentsOf([1e9, 1e9 + 1, 1e9 + 2]))!
  assert.is(mean, 1e9 + 1)
  assert.ok(Math.abs(std - Math.sqrt(2 / 3)) < 1e-12)
})

test('a number more, many times, as if it came one by one', () => {
  const { count, mean, squares } = withMore(momentsOf([1, 2, 6]), 4, 3)
  const each = momentsOf([1, 2, 6, 4, 4, 4])
  assert.is(count, each.count)
  assert.ok(Math.abs(mean - each.mean) < 1e-12)
  assert.ok(Math.abs(squares - each.squares) < 1e-12)
  assert.equal(withMore(momentsOf([1, 2]), 9, 0), momentsOf([1, 2]))
  assert.equal(withMore(momentsOf([]), 9, 0), momentsOf([]))
})

test.run()
