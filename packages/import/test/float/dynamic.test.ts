import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { makeOnnx, withFile } from '../support/make-onnx.ts'
import { matrix, number } from '../support/quantized.ts'

const test = suite('products of what is rounded as it comes')

const file = (scale: string, zero: string) =>
  makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: {
      ...{ 'fc.weight_quantized': matrix, ws: number(0.003), wz: number(0, 'int8') },
      ...{ other: number(0.5), otherZero: number(7, 'uint8') },
    },
    nodes: [
      { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 's', 'z'] },
      {
        ...{ op: 'MatMulIntegerToFloat', name: 'fc', domain: 'com.microsoft', outputs: ['y'] },
        inputs: ['q', 'fc.weight_quantized', scale, 'ws', zero, 'wz'],
      },
    ],
  })

test('MatMulIntegerToFloat is a product of floats where its scale and zero are those of the rounding, and only there', async () => {
  await withFile(file('s', 'z'), async (path) => {
    const model = await loadOnnx(path)
    assert.equal(
      model.namedWeights().map(({ name }) => name),
      ['fc.weight'],
    )
    model.dispose()
  })
  for (const [scale, zero] of [
    ['other', 'z'],
    ['s', 'otherZero'],
  ] as const) {
    await withFile(file(scale, zero), async (path) => {
      assert.match(await refusal(() => loadOnnx(path)), /fc: com\.microsoft\.MatMulIntegerToFloat/)
    })
  }
})

test.run()
