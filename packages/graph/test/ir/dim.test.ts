import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  broadcast,
  dim,
  formatShape,
  isStatic,
  mapDims,
  sameDim,
  sameShape,
  sizeOf,
  staticShape,
} from '../../src/ir/index.ts'

const test = suite('dimensions')

const batch = dim([2, 3])

test('are plain numbers where all samples agree', () => {
  assert.is(dim([4, 4]), 4)
  assert.equal(batch, { samples: [2, 3] })
})

test('follow arithmetic sample by sample', () => {
  assert.equal(
    mapDims((a, b) => a * b, batch, 10),
    { samples: [20, 30] },
  )
  assert.is(
    mapDims((a, b) => a - b, batch, batch),
    0,
  )
  assert.is(
    mapDims((a, b) => a + b, 1, 2),
    3,
  )
})

test('multiply to a size', () => {
  assert.is(sizeOf([]), 1)
  assert.is(sizeOf([2, 3, 0]), 0)
  assert.equal(sizeOf([batch, 5]), { samples: [10, 15] })
})

test('are the same by their samples', () => {
  assert.ok(sameDim(batch, dim([2, 3])))
  assert.not(sameDim(batch, dim([2, 4])))
  assert.not(sameDim(batch, 2))
  assert.ok(sameShape([batch, 4], [dim([2, 3]), 4]))
  assert.not(sameShape([batch, 4], [batch]))
})

test('broadcast as in numpy', () => {
  assert.equal(broadcast([3, 1], [4]), [3, 4])
  assert.equal(broadcast([batch, 1, 5], [7, 1]), [batch, 7, 5])
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
