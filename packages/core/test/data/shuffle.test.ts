import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shuffledIndices } from '../../src/data/shuffle.ts'

const test = suite('shuffledIndices')

test('gives each index once, in another order', () => {
  const order = shuffledIndices(1000, 1, 'epoch 0')
  assert.equal(
    [...order].sort((a, b) => a - b),
    [...Array(1000).keys()],
  )
  assert.not.equal([...order], [...Array(1000).keys()])
})

test('depends on the seed and the purpose alone', () => {
  assert.equal(shuffledIndices(50, 7, 'a'), shuffledIndices(50, 7, 'a'))
  assert.not.equal(shuffledIndices(50, 7, 'a'), shuffledIndices(50, 8, 'a'))
  assert.not.equal(shuffledIndices(50, 7, 'a'), shuffledIndices(50, 7, 'b'))
})

test('stays the same over releases, so that runs can be replayed', () => {
  assert.equal([...shuffledIndices(8, 42, 'epoch 0')], [3, 1, 7, 6, 4, 5, 0, 2])
})

test('prefers no order over another', () => {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 6000; seed++) {
    const key = shuffledIndices(3, seed, 'fair').join()
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  assert.is(counts.size, 6)
  for (const [order, count] of counts) {
    // 1000 expected, standard deviation 29.
    assert.ok(Math.abs(count - 1000) < 150, `${order} came ${count} times of 6000`)
  }
})

test('takes lengths 0 and 1', () => {
  assert.is(shuffledIndices(0, 1, 'a').length, 0)
  assert.equal([...shuffledIndices(1, 1, 'a')], [0])
})

test.run()
