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
  shares.learn(4, 40 * MS, 40 * MS)
  assert.is(shares.next(2, 2), 1)
})

test('what a quick model does in a millisecond is not taken apart', () => {
  const shares = new Shares()
  shares.learn(4, 0.5 * MS, 0.5 * MS)
  assert.is(shares.next(7, 2), 7)
  assert.is(shares.next(12, 2), 8)
  assert.is(shares.next(64, 2), 8)
})

test('a run that was held up or too short to be timed does not count', () => {
  const shares = new Shares()
  shares.learn(4, 0.5 * MS, 0.5 * MS)
  shares.learn(4, 40 * MS, 40 * MS)
  shares.learn(1, 0, MS)
  assert.is(shares.next(7, 2), 7)
})

/** Runs of so many samples, at so many microseconds for each. */
function runs(shares: Shares, samples: number, each: number, count = 8): void {
  for (let run = 0; run < count; run += 1) {
    const inferNs = samples * each * 1000
    shares.learn(samples, inferNs, 2 * inferNs)
  }
}

test('twice as many samples are tried, and kept only when each is quicker', () => {
  const shares = new Shares()
  runs(shares, 10, 125)
  assert.is(shares.next(100, 1), 16)
  runs(shares, 16, 100)
  assert.is(shares.next(100, 1), 32)
  runs(shares, 32, 99)
  assert.is(shares.next(100, 1), 64)
  runs(shares, 64, 99)
  assert.is(shares.next(100, 1), 16)
})

test('a size that is slower does not hide a larger one that is quicker', () => {
  const shares = new Shares()
  runs(shares, 1, 4000)
  runs(shares, 2, 4400)
  assert.is(shares.next(100, 1), 4)
  runs(shares, 4, 1500)
  assert.is(shares.next(100, 1), 8)
})

test('requests that are larger than what is tried show how quick they are themselves', () => {
  const shares = new Shares()
  runs(shares, 40, 125)
  assert.is(shares.next(100, 1), 64)
  runs(shares, 64, 130)
  runs(shares, 128, 130)
  assert.is(shares.next(100, 1), 32)
})

test('when answers wait for the server, and a lot besides them, workers have more at a time', () => {
  const shares = new Shares()
  for (const samples of [8, 16, 32]) runs(shares, samples, 125)
  assert.is(shares.next(500, 2), 8)
  shares.learn(8, MS, 5 * MS)
  assert.is(shares.next(500, 2), 250)
  assert.is(shares.next(64, 2), 8)
  shares.learn(8, MS, 2 * MS)
  assert.is(shares.next(500, 2), 8)
})

test('what was learned is learned anew after a while', () => {
  const shares = new Shares()
  runs(shares, 8, 125)
  runs(shares, 32, 130)
  runs(shares, 16, 130, 2 ** 14 - 17)
  assert.is(shares.next(100, 1), 8)
  runs(shares, 8, 125)
  assert.is(shares.next(100, 1), 16)
  runs(shares, 16, 60)
  assert.is(shares.next(100, 1), 32)
})

test.run()
