import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Shares } from '../../src/core/shares.ts'

const test = suite('shares of a batch')
const MS = 1e6

test('workers share equally what waits, before anything has run', () => {
  const shares = new Shares()
  assert.is(shares.next(7, 2), 4)
  assert.is(shares.next(7, 1), 7)
  assert.is(shares.next(1, 2), 1)
})

test('a slow model is shared down to single samples', () => {
  const shares = new Shares()
  shares.learn(4, 40 * MS)
  assert.is(shares.next(2, 2), 1)
})

test('what a quick model does in a millisecond is not taken apart', () => {
  const shares = new Shares()
  shares.learn(4, 0.5 * MS)
  assert.is(shares.next(7, 2), 7)
  assert.is(shares.next(12, 2), 8)
  assert.is(shares.next(64, 2), 32)
})

test('the last run counts, and one too short to be timed does not', () => {
  const shares = new Shares()
  shares.learn(4, 0.5 * MS)
  shares.learn(1, 0)
  assert.is(shares.next(7, 2), 4)
})

test.run()
