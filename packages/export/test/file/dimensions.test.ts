import { ir } from '@ashlar/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dimensionNames } from '../../src/file/dimensions.ts'

const test = suite('dimension names')

const [batch, height, width] = ['b', 'h', 'w'].map((name) => ir.freeSize(name, [2, 3, 5])) as [
  ir.SymbolicDim,
  ir.SymbolicDim,
  ir.SymbolicDim,
]

test('images have a batch, a height and a width', () => {
  const inputs = { x: { shape: [null, null, null, 3] } }
  const last = dimensionNames(inputs, 'nhwc', new Map([['x', [batch, height, width, 3]]]))
  assert.equal([last(batch), last(height), last(width)], ['batch', 'height', 'width'])
  const turned = { x: { shape: [null, 3, null, null] } }
  const first = dimensionNames(turned, 'nchw', new Map([['x', [batch, 3, height, width]]]))
  assert.equal([first(batch), first(height), first(width)], ['batch', 'height', 'width'])
})

test('what follows from them has a number, the same for the same size', () => {
  const name = dimensionNames({ x: { shape: [null] } }, 'nhwc', new Map([['x', [batch]]]))
  const [one, other] = [ir.times(batch, 2), ir.plus(batch, 1)] as [ir.SymbolicDim, ir.SymbolicDim]
  assert.equal([name(one), name(other), name(one)], ['size1', 'size2', 'size1'])
})

test('sequences have a length, and other axes a number', () => {
  const captured = [batch, height, 4]
  const name = dimensionNames({ x: { shape: [null, null, 4] } }, 'nhwc', new Map([['x', captured]]))
  assert.is(name(height), 'length')
})

test('names that somebody chose are kept', () => {
  const inputs = { x: { shape: ['rows', { name: 'columns', multipleOf: 2 }] } }
  const name = dimensionNames(inputs, 'nhwc', new Map([['x', [height, width]]]))
  assert.equal([name(height), name(width)], ['rows', 'columns'])
})

test.run()
