import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { numbersDecoder } from '../../src/streams/decoders/numbers.ts'
import { numbersOf } from '../../src/streams/stores/numpy.ts'

const test = suite('numbers of streams')

const numbers = [0, -0, 1.5, -3.25e-30, 3.4028234663852886e38, 2 ** 24 + 2, 1e-45].map(Math.fround)

test('floats are read wherever they begin, in either order of bytes', () => {
  for (const offset of [0, 1, 3, 4]) {
    for (const little of [true, false]) {
      const bytes = Buffer.alloc(offset + 4 * numbers.length)
      for (const [at, number] of numbers.entries()) {
        if (little) bytes.writeFloatLE(number, offset + 4 * at)
        else bytes.writeFloatBE(number, offset + 4 * at)
      }
      const found = numbersOf(bytes.subarray(offset), 'f4', little)
      assert.equal([...found], numbers)
      // What is read next into the same memory must not change them.
      bytes.fill(0xff)
      assert.equal([...found], numbers)
    }
  }
})

test('arrays of floats are decoded as lists are: the same numbers, the same refusals', async () => {
  const decode = numbersDecoder({ kind: 'numbers', size: numbers.length })
  const decoded = async (record: unknown) => {
    const into = { inputs: new Float32Array(2 * numbers.length), labels: new Uint8Array(2) }
    await decode(record, { where: 'x.npy, row 1', place: 1, into })
    return [...into.inputs]
  }
  assert.equal(await decoded(Float32Array.from(numbers)), await decoded(numbers))
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let at = 0; at < numbers.length; at++) {
      const list = numbers.with(at, wrong)
      const message = await refusal(() => decoded(Float32Array.from(list)))
      assert.match(message, /^x\.npy, row 1: must be a number that float32 has/)
      assert.is(message, await refusal(() => decoded(list)))
    }
  }
  for (const list of [numbers.slice(1), [...numbers, 1]]) {
    const message = await refusal(() => decoded(Float32Array.from(list)))
    assert.match(message, /must have the 7 numbers that each sample has/)
  }
})

test('a cell may hold a list of numbers, in JSON or with spaces between', async () => {
  const decode = numbersDecoder({ kind: 'numbers', fields: ['a', 'b'], size: 3 })
  const decoded = async (a: unknown, b: unknown) => {
    const into = { inputs: new Float32Array(3), labels: new Uint8Array(1) }
    await decode({ a, b }, { where: 'x.csv, line 2', place: 0, into })
    return [...into.inputs]
  }
  for (const list of ['[1.5, -2]', '1.5 -2', ' 1.5\t-2 ', [1.5, -2], Buffer.from('[1.5,-2]\n')]) {
    assert.equal(await decoded(list, '7'), [1.5, -2, 7])
  }
  for (const wrong of ['[1, two]', '1 two', '', '[1', 'x']) {
    assert.match(
      await refusal(() => decoded(wrong, '7')),
      /^x\.csv, line 2, "a": must be a number that float32 has, or a list of them, got .*\n {2}Name the fields/,
    )
  }
  assert.match(
    await refusal(() => decoded('0,5', '7')),
    /got "0,5"\n {2}If the comma is its decimal sign, say so: `decimal: ","`/,
  )
})

test.run()
