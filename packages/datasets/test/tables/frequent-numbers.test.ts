import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FrequentNumbers } from '../../src/tables/frequent-numbers.ts'

const test = suite('the most frequent of numbers')

function bestOf(numbers: Iterable<number>, most?: number): number | undefined {
  const found = new FrequentNumbers(most)
  for (const number of numbers) found.add(number)
  return found.best()
}

test('the most frequent, and the smallest of those that are as frequent', () => {
  assert.is(bestOf([3, 1, 2, 2, 3]), 2)
  assert.is(bestOf([5, 7, 7]), 7)
  assert.is(bestOf([0, -0, 1]), 0)
  assert.is(bestOf([]), undefined)
})

test('with more different numbers than are counted: the right one, or none', () => {
  const random = seedrandom.alea('frequent numbers')
  let sure = 0
  for (let round = 0; round < 200; round++) {
    const share = random() / 2
    const numbers = Array.from({ length: 400 }, () =>
      random() < share ? 1000 : Math.floor(random() * 300),
    )
    const told = bestOf(numbers, 16)
    if (told === undefined) continue
    sure++
    assert.is(told, bestOf(numbers))
  }
  // Where a fifth of all numbers and more are one.
  assert.ok(sure > 60 && sure < 190, String(sure))
})

test('numbers that are all different have none', () => {
  assert.is(bestOf(Array.from({ length: 100 }, (_, at) => at).values(), 16), undefined)
})

test.run()
