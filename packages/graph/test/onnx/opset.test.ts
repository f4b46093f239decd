import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, type Node } from '../../src/ir/index.ts'
import { forOpset, irVersion } from '../../src/onnx/opset.ts'

const test = suite('opsets')

const node = (op: string): Node => ({
  op,
  domain: '',
  inputNames: [],
  inputs: [createValue([2, 3], 'float32')],
  attrs: { axes: [1], keepdims: 0 },
  outputs: [createValue([2], 'float32')],
  scope: '',
})

test('axes of a reduction become an input where the opset wants it', () => {
  const mean = node('ReduceMean')
  assert.is(forOpset(mean, 17), mean)
  const later = forOpset(mean, 18)
  assert.equal(later.attrs, { keepdims: 0 })
  assert.equal(later.inputs[1]!.data, BigInt64Array.of(1n))
  assert.is(mean.inputs.length, 1)
})

test('other nodes stay', () => {
  const unknown = node('Unsqueezed')
  assert.is(forOpset(unknown, 21), unknown)
})

test('the file format goes with the opset', () => {
  assert.equal([13, 14, 15, 17, 18, 19, 20, 21].map(irVersion), [7, 7, 8, 8, 8, 9, 9, 10])
})

test.run()
