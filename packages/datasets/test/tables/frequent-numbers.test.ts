import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CountBudget, FrequentNumbers } from '../../src/tables/frequent-numbers.ts'

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

test('columns share what is counted: the one with most numbers forgets, the others are sure', () => {
  const budget = new CountBudget(100)
  const random = seedrandom.alea('shared counts')
  const columns = Array.from({ length: 20 }, () => new FrequentNumbers(64, budget))
  for (let row = 0; row < 2000; row++) {
    for (const [at, column] of columns.entries()) {
      // The last is different in each row, but for a few.
      column.add(at < 19 ? (row + at) % 3 : random() < 0.4 ? -1 : row)
      assert.ok(budget.taken <= 100)
    }
  }
  assert.is(
    columns.reduce((sum, { size }) => sum + size, 0),
    budget.taken,
  )
  for (const [at, column] of columns.slice(0, 19).entries()) {
    // 2000 rows: two of three numbers are there once more.
    const counted = Array.from({ length: 2000 }, (_, row) => (row + at) % 3)
    assert.is(column.best(), bestOf(counted), String(at))
  }
  assert.is(columns.at(-1)!.best(), -1)
})

test.run()
