import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FreeSizes } from '../../src/capture/free-sizes.ts'

/** So many captures. */
const ROUNDS = 8

const test = suite('sizes that follow from numbers')

/** The first sizes of all rounds, by index. */
function sizes(count: number, most?: number): number[][] {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => new FreeSizes(round))
  return Array.from({ length: count }, () => rounds.map((each) => each.next(most)))
}

test('each differs between captures, and stays within its bound', () => {
  for (const most of [1, 2, 3, 10, 1000, undefined]) {
    for (const each of sizes(20, most)) {
      assert.ok(new Set(each).size > 1, `${each}`)
      assert.ok(Math.max(...each) <= (most ?? 97) && Math.min(...each) >= 0, `${each}`)
    }
  }
})

test('no two are the same, and they repeat', () => {
  const all = sizes(40).map(String)
  assert.is(new Set(all).size, 40)
  assert.equal(sizes(40).map(String), all)
})

test('nothing leaves nothing', () => {
  assert.equal(sizes(1, 0), [Array(ROUNDS).fill(0)])
})

test.run()
