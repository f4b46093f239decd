import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { median, medianRatio, spreadOf } from '../../src/harness/statistics.ts'

const statistics = suite('statistics')

statistics('the median of an odd count is its middle, whatever the order', () => {
  assert.is(median([9, 1, 10]), 9)
})

statistics('the median of an even count lies between its two middles', () => {
  assert.is(median([1, 10, 2, 4]), 3)
})

statistics('the numbers stay in their order', () => {
  const numbers = [3, 1, 2]
  median(numbers)
  assert.equal(numbers, [3, 1, 2])
})

statistics('nothing has no median', () => {
  assert.ok(Number.isNaN(median([])))
})

statistics('a spread has the smallest and the largest', () => {
  assert.equal(spreadOf([5, 1, 3]), { median: 3, low: 1, high: 5 })
})

statistics('a ratio is of the same round, so a slow round does not count', () => {
  // Twice as fast in each round; the second one was disturbed for both.
  assert.is(medianRatio([200, 20, 220], [100, 10, 110]), 2)
})

statistics('rounds that do not pair up are an error', () => {
  assert.throws(() => medianRatio([1, 2], [1]), '2 rounds against 1')
})

statistics.run()
