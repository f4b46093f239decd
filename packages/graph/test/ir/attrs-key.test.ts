import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attrsKey } from '../../src/ir/attrs-key.ts'

const test = suite('attributes as text')

test('are JSON where that tells all', () => {
  for (const attrs of [
    {},
    { axis: 1, keepdims: true, mode: 'a "b"\n', alpha: 1e-7, large: 1e21 },
    { perm: [0, 2, 1], pads: [[0, 0], [1, 1], []], names: ['x', 'y'], 'a b': -1 },
    { skipped: undefined, kept: 0 },
    { nothing: null, list: [null] },
  ]) {
    assert.is(attrsKey(attrs), JSON.stringify(attrs))
  }
})

test('differ where numbers do', () => {
  const keys = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap(
    (value) => [attrsKey({ value }), attrsKey({ value: [1, value] })],
  )
  assert.is(new Set(keys).size, keys.length)
})

test.run()
