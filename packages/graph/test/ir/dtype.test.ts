import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allocate, DTYPES, onnxType } from '../../src/ir/index.ts'
import { onnx } from '../../src/onnx/proto.ts'

const test = suite('element types')

test('have the numbers that ONNX gives them', () => {
  const names = {
    float32: 'FLOAT',
    float64: 'DOUBLE',
    float16: 'FLOAT16',
    string: 'STRING',
    complex64: 'COMPLEX64',
  } as const
  const numbers = onnx.TensorProto.DataType
  for (const [dtype, name] of Object.entries(names)) {
    assert.is(onnxType(dtype as 'float32'), numbers[name])
  }
  for (const dtype of ['int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64', 'bool'] as const) {
    assert.is(onnxType(dtype), numbers[dtype.toUpperCase() as 'INT8'])
  }
})

test('are held by arrays of their size', () => {
  for (const [dtype, { bytes, array }] of Object.entries(DTYPES)) {
    const data = allocate(dtype as 'float32', 3)
    assert.is(data.byteLength, 3 * bytes, dtype)
    assert.instance(data, array)
  }
  assert.throws(() => allocate('string', 1), /no typed array holds string/)
})

test.run()
