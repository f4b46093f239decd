import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RowSet } from '../../src/streams/row-set.ts'

const test = suite('sets of rows')

test('has what was added, once, in the order of rows', () => {
  const random = seedrandom.alea('sets of rows')
  for (const length of [0, 1, 8, 9, 1000]) {
    const [set, expected] = [new RowSet(length), new Set<number>()]
    for (let at = 0; at < length / 2; at++) {
      const row = Math.floor(random() * length)
      set.add(row)
      expected.add(row)
    }
    assert.equal(
      [...set.rows()],
      [...expected].sort((a, b) => a - b),
    )
    assert.equal(set.first(3), set.rows().slice(0, 3))
    assert.is(set.size, expected.size)
    for (let row = 0; row < length; row++) assert.is(set.has(row), expected.has(row))
  }
})

test.run()
