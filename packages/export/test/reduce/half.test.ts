import { layers, Model } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import type { Tensor } from '@tensorflow/tfjs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { halfBits, toHalf } from '../../src/reduce/half.ts'
import { decodeModel, encodeModel } from '../../src/reduce/proto.ts'
import { Colours } from '../support/raw-models.ts'
import { runFile } from '../support/run.ts'

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

test('a layer that is kept takes what halves give, and gives it to them', async () => {
  const model = new Colours({ seed: 5 })
  model.build([null, 6, 5, 3])
  const { bytes } = await exportOnnx(model)
  const picture = Float32Array.from({ length: 90 }, (_, at) => ((at * 37) % 90) / 90)
  const feeds = { input: [[1, 6, 5, 3], picture] } as const
  const whole = await runFile(bytes, feeds)
  for (const keep of [[], ['conv'], ['head'], ['conv', 'head']]) {
    const half = encodeModel(
      toHalf(
        decodeModel(bytes, () => new Uint8Array(0)),
        new Set(keep),
      ),
    )
    const found = await runFile(half, feeds)
    allClose(found.data as Float32Array, whole.data as Float32Array, { absolute: 2e-3 })
  }
  model.dispose()
})

test('what a kept layer gives as an output may be more than a half holds', async () => {
  class Large extends Model {
    readonly head = layers.dense({ units: 2, kernelInitializer: 'ones' })
    override call(x: Tensor): Tensor {
      return this.head.apply(x)
    }
  }
  const model = new Large()
  model.build([null, 8])
  const { bytes } = await exportOnnx(model)
  const decoded = decodeModel(bytes, () => new Uint8Array(0))
  const half = encodeModel(toHalf(decoded, new Set(['head'])))
  const found = await runFile(half, { input: [[1, 8], new Float32Array(8).fill(60_000)] })
  assert.equal([...found.data], [480_000, 480_000])
  model.dispose()
})

test.run()
