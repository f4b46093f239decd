import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { averageOf, deviationOf } from '../../src/data/average.ts'

const test = suite('means of lines')

test('lines are read between their points: those that were logged at other steps are averaged too', () => {
  const lines = [
    { steps: [0, 10], values: [0, 10] },
    { steps: [0, 5, 10], values: [2, 9, 12] },
  ]
  assert.equal(averageOf(lines, 'range'), {
    steps: [0, 5, 10],
    values: [1, 7, 11],
    low: [0, 5, 10],
    high: [2, 9, 12],
  })
})

test('a line counts from its first point to its last, gaps in it are none', () => {
  const lines = [
    { steps: [0, 1, 2, 3], values: [null, 4, null, 8] },
    { steps: [0, 1, 2, 3], values: [2, 2, 2, null] },
  ]
  assert.equal(averageOf(lines, 'range'), {
    steps: [0, 1, 2, 3],
    values: [2, 3, 4, 8],
    low: [2, 2, 2, 8],
    high: [2, 4, 6, 8],
  })
})

test('the band is one deviation of a sample on either side', () => {
  const lines = [1, 2, 3].map((value) => ({ steps: [7], values: [value] }))
  assert.equal(averageOf(lines, 'deviation'), { steps: [7], values: [2], low: [1], high: [3] })
  assert.is(deviationOf([5]), 0)
})

test('of nothing there is nothing, and of very many places about 2,000', () => {
  assert.equal(averageOf([{ steps: [1], values: [null] }], 'range').steps, [])
  const steps = Array.from({ length: 9001 }, (_, i) => i)
  const average = averageOf([{ steps, values: steps }], 'range')
  assert.ok(average.steps.length <= 2001)
  assert.is(average.steps.at(-1), 9000)
  assert.equal(average.values, average.steps)
})

test.run()
