import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodingMetadata, layers, Model, type TableEncoding } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { ConfigError } from '@ashlar/errors'
import type { Tensor } from '@tensorflow/tfjs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, reduceOnnx } from '../../src/index.ts'
import { halfBits, toHalf } from '../../src/reduce/half.ts'
import { decodeModel, encodeModel, layerOf, TYPE } from '../../src/reduce/proto.ts'
import { Colours, PICTURES, Rows } from '../support/raw-models.ts'
import { refusal } from '../support/refusal.ts'
import { runFile } from '../support/run.ts'
import { inScratch } from '../support/scratch.ts'

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

/** Two layers of a user's own, by names that the exporter has for its own as well. */
class Namesakes extends Model {
  readonly preprocess = layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' })
  readonly flat = layers.flatten()
  readonly labels = layers.dense({ units: 3 })
  override call(x: Tensor): Tensor {
    return this.labels.apply(this.flat.apply(this.preprocess.apply(x)))
  }
}

for (const [name, options, own] of [
  ['alone', {}, []],
  ["beside the exporter's", { preprocess: true, labels: true }, ['preprocess_2', 'labels_2']],
] as const) {
  test(`layers of one's own called preprocess and labels become halves as any others: ${name}`, () =>
    inScratch(async (folder) => {
      const model = new Namesakes({ seed: 5 })
      model.build([null, 6, 5, 3])
      const path = join(folder, 'model.onnx')
      const output = { task: 'classification', classes: ['a', 'b', 'c'], gives: 'logits' } as const
      const metadata = encodingMetadata({ input: PICTURES, output })
      await exportOnnx(model, { path, metadata, ...options })
      const { bytes, report } = await reduceOnnx(path, { to: 'fp16', maxDrop: 5 })
      assert.is(report.layers, 2)
      const { initializer, node } = decodeModel(bytes, () => new Uint8Array(0)).graph!
      const layers = new Set(node!.map(layerOf))
      for (const each of ['preprocess', 'labels', ...own]) assert.ok(layers.has(each), each)
      // What scales pictures stays, of which the class in words has nothing.
      const floats = initializer!.filter(({ dataType }) => dataType === TYPE.float)
      assert.equal(
        [...new Set(floats.map((each) => each.name!.split('/')[0]))],
        own.filter((each) => each.startsWith('preprocess')),
      )
      model.dispose()
    }))
}

test("a file whose list of the exporter's layers is none is refused", () =>
  inScratch(async (folder) => {
    const model = new Colours({ seed: 5 })
    model.build([null, 6, 5, 3])
    const path = join(folder, 'model.onnx')
    await exportOnnx(model, { path, metadata: { 'ashlar.own_layers': '{}' } })
    const error = await refusal(() => reduceOnnx(path, { to: 'fp16' }))
    assert.match(
      error.message,
      /model\.onnx: the metadata `ashlar\.own_layers` must be readable, got "\{\}"/,
    )
    model.dispose()
  }))

/** Plain numbers, of which a file has nothing to make. */
const PLAIN: TableEncoding = {
  ...{ kind: 'table', delimiter: ',' },
  columns: [
    { kind: 'number', name: 'a' },
    { kind: 'number', name: 'b' },
  ],
}

for (const [name, make, shape, encodings] of [
  ['of one input', () => new Colours({ seed: 5 }), [null, 6, 5, 3], { input: PICTURES }],
  [
    'of an input by name',
    () => new Colours({ seed: 5 }),
    [null, 6, 5, 3],
    { inputs: { input: PICTURES } },
  ],
  ['with nothing to do', () => new Rows({ seed: 6 }), [null, 2], { input: PLAIN }],
] as const) {
  test(`a file that makes samples itself and does not say by which layers is refused: ${name}`, () =>
    inScratch(async (folder) => {
      const model = make()
      model.build([...shape])
      const path = join(folder, 'model.onnx')
      const metadata = encodingMetadata(encodings)
      const { bytes } = await exportOnnx(model, { path, metadata, preprocess: true })
      // As it is written now it says so, be it that there are none.
      await reduceOnnx(path, { to: 'fp16', maxDrop: 5 })
      const older = decodeModel(bytes, () => new Uint8Array(0))
      older.metadataProps = older.metadataProps!.filter(({ key }) => key !== 'ashlar.own_layers')
      await writeFile(path, encodeModel(older))
      const error = await refusal(() => reduceOnnx(path, { to: 'fp16', maxDrop: 5 }))
      assert.instance(error, ConfigError)
      assert.match(
        error.message,
        /model\.onnx: a file that makes samples of raw data itself must say which of its layers do so \(`ashlar\.own_layers`\), to be reduced to fp16: they stay float32\n {2}It was exported before files said so: export it again\.$/,
      )
      model.dispose()
    }))
}

test.run()
