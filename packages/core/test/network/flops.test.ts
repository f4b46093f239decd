import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Layer, layers, Model } from '../../src/index.ts'
import { countFlops } from '../../src/network/flops.ts'

const test = suite('flops')

class One extends Model {
  readonly layer: Layer
  constructor(layer: Layer) {
    super()
    this.layer = layer
  }
  override call(x: Tensor): Tensor {
    return this.layer.apply(x)
  }
}

/** Multiply-adds by hand, for inputs of 6x6 with 4 channels. */
const cases: [name: string, layer: Layer, multiplyAdds: number][] = [
  ['convolution', layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), 36 * 8 * 9 * 4],
  [
    'strided',
    layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' }),
    9 * 8 * 36,
  ],
  [
    'transposed',
    layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
    36 * 4 * 2 * 2 * 3,
  ],
  ['dense on each pixel', layers.dense({ units: 7 }), 36 * 4 * 7],
  ['pooling', layers.maxPooling2d(), 0],
]

for (const [name, layer, multiplyAdds] of cases) {
  test(`${name}: each multiply-add counts as two`, () => {
    const model = new One(layer)
    assert.is(model.summary([null, 6, 6, 4]).flops, 2 * multiplyAdds)
    model.dispose()
  })
}

test('a depthwise convolution counts its window for each output', () => {
  const value = (shape: number[]) => ({ id: 0, shape, dtype: 'float32' as const })
  const node = {
    op: 'DepthwiseConv2dNative',
    domain: 'tfjs',
    inputNames: ['x', 'filter'],
    inputs: [value([1, 6, 6, 4]), value([3, 3, 4, 2])],
    attrs: {},
    outputs: [value([1, 6, 6, 8])],
    scope: 'block.conv',
  }
  const counted = countFlops({ inputs: [], outputs: [], nodes: [node, node] })
  assert.equal([...counted], [['block.conv', 2 * 2 * 36 * 8 * 9]])
})

test.run()
