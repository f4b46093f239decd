import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  broadcast,
  formatShape,
  freeSize,
  isStatic,
  plus,
  sameDim,
  sameSamples,
  sameShape,
  sizeOf,
  staticShape,
} from '../../src/ir/index.ts'

const test = suite('dimensions')

const batch = freeSize('batch', [2, 3, 7])
const other = freeSize('other', [2, 3, 7])

test('multiply to a size', () => {
  assert.is(sizeOf([]), 1)
  assert.is(sizeOf([2, 3, 0]), 0)
  assert.equal((sizeOf([batch, 5]) as typeof batch).samples, [10, 15, 35])
})

test('are the same where they follow from the same sizes in the same way', () => {
  assert.ok(sameDim(plus(batch, 1), plus(1, batch)))
  assert.not(sameDim(batch, other), 'two free sizes are not one for having the same samples')
  assert.ok(sameSamples(batch, other))
  assert.not(sameSamples(batch, plus(batch, 1)))
  assert.not(sameSamples(2, 3))
  assert.not(sameDim(batch, 2))
  assert.ok(sameShape([batch, 4], [batch, 4]))
  assert.not(sameShape([batch, 4], [batch]))
})

test('broadcast as in numpy', () => {
  assert.equal(broadcast([3, 1], [4]), [3, 4])
  assert.equal(broadcast([batch, 1, 5], [7, 1]), [batch, 7, 5])
  assert.equal(broadcast([batch], [1]), [batch])
  assert.equal(broadcast([], [2]), [2])
  assert.is(broadcast([2], [3]), undefined)
  assert.is(broadcast([batch], [2]), undefined, 'a size that varies is not 2')
})

test('are shown to people', () => {
  assert.is(formatShape([batch, 28, 1]), '[?, 28, 1]')
})

test('can be required to be fixed', () => {
  assert.ok(isStatic([1, 2]))
  assert.not(isStatic([batch]))
  assert.equal(staticShape([1, 2], 'here'), [1, 2])
  assert.throws(
    () => staticShape([batch, 2], 'here'),
    /here: the shape must be fixed, got .*\[\?, 2\]/,
  )
})

test.run()
