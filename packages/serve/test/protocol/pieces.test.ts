import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joined, lengthOf, slice } from '../../src/protocol/pieces.ts'

const test = suite('pieces')

const whole = Uint8Array.from({ length: 12 }, (_, index) => index)
const pieces = [whole.subarray(0, 5), whole.subarray(5, 5), whole.subarray(5, 8), whole.subarray(8)]

test('every part of them is what it is in one piece', () => {
  assert.is(lengthOf(pieces), 12)
  for (let begin = 0; begin <= 12; begin += 1) {
    for (let end = begin; end <= 12; end += 1) {
      const part = slice(pieces, begin, end)
      assert.is(lengthOf(part), end - begin)
      assert.equal([...joined(part)], [...whole.subarray(begin, end)])
    }
  }
})

test('nothing is copied but what is joined out of several', () => {
  const part = slice(pieces, 1, 5)
  assert.is(joined(part), part[0])
  assert.is(part[0]!.buffer, whole.buffer)
  assert.is(slice(pieces, 0, 5)[0], pieces[0])
  assert.is(joined([]).length, 0)
})

test.run()
