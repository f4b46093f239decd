import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { halfBits } from '../../src/reduce/half.ts'

const test = suite('half precision')

/** The number of some bits, by the definition of IEEE 754. */
function numberOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

test('every float16 is its own', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = numberOf(bits)
    if (Number.isNaN(value)) assert.ok(Number.isNaN(numberOf(halfBits(value))))
    else assert.is(halfBits(value), bits, String(value))
  }
})

test('a number between two is the closer one, and the even one of two that are as close', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [numberOf(bits), numberOf(bits + 1)]
    const middle = (low + high) / 2
    // What would vanish becomes the smallest number instead.
    if (bits > 0) assert.is(halfBits(middle), bits % 2 === 0 ? bits : bits + 1)
    if (bits > 0) assert.is(halfBits(Math.fround(low + (high - low) * 0.49)), bits)
    assert.is(halfBits(-Math.fround(low + (high - low) * 0.51)), (bits + 1) | 0x8000)
  }
})

test('what is too large is the largest, what is too small is not 0', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const half = numberOf(halfBits(value))
      assert.ok(Number.isFinite(half))
      assert.is(half === 0, value === 0)
      if (Math.abs(value) >= 2 ** -14 && Math.abs(value) <= 65504) {
        assert.ok(Math.abs(half - value) <= Math.abs(value) * 2 ** -11)
      }
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test.run()
