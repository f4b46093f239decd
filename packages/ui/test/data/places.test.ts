import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { placesOf } from '../../src/data/places.ts'

const test = suite('where values lie along an axis')

const many = (each: (i: number) => number) => Array.from({ length: 9 }, (_, i) => each(i))

test('few numbers and names stand side by side in their order', () => {
  assert.equal(placesOf([64, 32, 64]), {
    ...{ at: [1, 0, 1], names: ['32', '64'], isLog: false, range: [-0.5, 1.5] },
  })
  assert.equal(placesOf(['b', 'a', null]).names, ['a', 'b', 'none'])
  assert.equal(placesOf([true, false]).names, ['false', 'true'])
})

test('many numbers lie where they are, over magnitudes where they go over many', () => {
  const even = placesOf(many((i) => i))
  assert.is(even.names, undefined)
  assert.is(even.isLog, false)
  assert.ok(even.range[0] < 0 && even.range[1] > 8)
  const wide = placesOf(many((i) => 10 ** -i))
  assert.is(wide.isLog, true)
  assert.ok(wide.range[0] > 0 && wide.range[0] < 1e-8 && wide.range[1] > 1)
  // There is no logarithm of 0.
  assert.is(placesOf(many((i) => i * 1000)).isLog, false)
})

test('numbers among names are names', () => {
  const mixed = placesOf([...many((i) => i), 'none'])
  assert.is(mixed.names?.length, 10)
})

test.run()
