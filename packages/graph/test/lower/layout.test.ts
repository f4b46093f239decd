import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { axisIn, shapeIn, toFirst, toLast } from '../../src/lower/layout.ts'

const test = suite('layouts')

test('axes stand where the layout has them', () => {
  assert.equal(
    [0, 1, 2, 3, -1].map((axis) => axisIn('first', axis, 4)),
    [0, 2, 3, 1, 1],
  )
  assert.equal(
    [0, 1, -1].map((axis) => axisIn('last', axis, 3)),
    [0, 1, 2],
  )
  assert.equal(
    [0, 1, 2, 3, 4].map((axis) => axisIn('blocked', axis, 5)),
    [0, 2, 3, 4, 1],
  )
})

test('shapes are reordered', () => {
  assert.equal(shapeIn('first', [2, 5, 6, 3]), [2, 3, 5, 6])
  assert.equal(shapeIn('last', [2, 5, 6, 3]), [2, 5, 6, 3])
})

test('transposes undo each other', () => {
  for (const rank of [3, 4, 5]) {
    const there = toFirst(rank)
    const back = toLast(rank)
    assert.equal(
      back.map((axis) => there[axis]),
      Array.from({ length: rank }, (_, axis) => axis),
    )
  }
})

test.run()
