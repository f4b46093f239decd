import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readTensor, tfjsDtype } from '../../src/saved-model/tensor-proto.ts'

const test = suite('readTensor')

const shape = (...sizes: number[]) => ({
  dimList: sizes.map((size) => ({ size })),
  unknownRank: false,
})

function read(dtype: number, sizes: readonly number[], given: object) {
  const proto = { dtype, tensorShape: shape(...sizes), tensorContent: '', ...given }
  return readTensor(proto, 'model, c')
}

const base64 = (array: ArrayBufferView) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64')

test('reads raw numbers and lists, whose last number is repeated', () => {
  const raw = read(1, [2], { tensorContent: base64(Float32Array.of(0.5, -2)) })
  assert.equal(raw, { shape: [2], dtype: 'float32', values: [0.5, -2] })
  assert.equal(read(3, [2, 2], { intValList: [7, 8] }).values, [7, 8, 8, 8])
  assert.equal(read(10, [], { boolValList: [true] }).values, [1])
  assert.equal(read(1, [3], {}).values, [0, 0, 0])
})

test('narrows 64-bit numbers where they fit', () => {
  const wide = base64(BigInt64Array.of(5n, -6n))
  assert.equal(read(9, [2], { tensorContent: wide }), {
    ...{ shape: [2], dtype: 'int32' },
    values: [5, -6],
  })
  const end = base64(BigInt64Array.of(2n ** 63n - 1n))
  assert.equal(read(9, [1], { tensorContent: end }).values, [2 ** 31 - 1])
})

test('refuses what does not fit, types without a like, and wrong lengths', () => {
  const message = (fn: () => unknown) => {
    try {
      fn()
    } catch (error) {
      assert.instance(error, DataError)
      return (error as Error).message
    }
    return 'nothing'
  }
  assert.is(
    message(() => read(9, [1], { int64ValList: [2 ** 40] })),
    `model, c: integers must fit into 32 bits, got ${2 ** 40}`,
  )
  assert.match(
    message(() => read(7, [1], {})),
    'must be of a type that TensorFlow.js has (float32, float64, int32,',
  )
  assert.is(
    message(() => read(1, [2], { tensorContent: base64(Float32Array.of(1)) })),
    'model, c: must hold 8 bytes, got 4',
  )
  assert.is(tfjsDtype(7), undefined)
})

test.run()
