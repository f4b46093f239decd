import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quickOrders } from '../../src/lower/quick-orders.ts'

const test = suite('orders of axes that onnxruntime is quick with')

const SHAPE = [16, 28, 28, 96]

test('the axis that comes last is moved first, then its rows', () => {
  assert.equal(quickOrders(SHAPE, [3, 1, 2, 0]), [
    [1, 2, 3, 0],
    [2, 0, 1, 3],
  ])
})

test('both steps together are the order that was asked for', () => {
  for (const perm of [
    [3, 1, 2, 0],
    [2, 1, 0, 3],
    [3, 2, 1, 0],
    [1, 0, 3, 2],
    [2, 3, 0, 1],
  ]) {
    const steps = quickOrders(SHAPE, perm)
    const order = steps.reduce((axes, step) => step.map((axis) => axes[axis]!), [0, 1, 2, 3])
    assert.equal(order, perm)
  }
})

test('where one axis moves, or the last one stays, nothing is gained', () => {
  for (const perm of [
    [0, 3, 1, 2],
    [1, 2, 3, 0],
    [0, 1, 3, 2],
    [2, 1, 0, 3],
  ]) {
    assert.equal(quickOrders(SHAPE, perm), [perm])
  }
})

test('nor of short rows, or few numbers', () => {
  assert.equal(quickOrders([4, 28, 28, 96], [3, 1, 2, 0]).length, 1)
  assert.equal(quickOrders([16, 2, 2, 16], [3, 1, 2, 0]).length, 1)
})

test.run()
