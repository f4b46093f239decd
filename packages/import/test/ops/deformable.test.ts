import { suite } from 'uvu'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import { weight } from '../support/make-onnx.ts'

const test = suite('convolutions whose taps move')

test('in groups, with masks, strides, dilations and pads', () =>
  heldAgainstOnnxruntime({
    inputs: { x: [2, 4, 7, 8], o: [2, 24, 4, 4], m: [2, 12, 4, 4] },
    weights: { w: weight([6, 2, 3, 2], 1), b: weight([6], 2) },
    opset: 19,
    nodes: [
      {
        ...{ op: 'DeformConv', inputs: ['x', 'w', 'o', 'b', 'm'], outputs: ['y'] },
        attributes: {
          ...{ group: 2, offset_group: 2, strides: [2, 2], pads: [1, 0, 1, 1] },
          dilations: [1, 2],
        },
      },
    ],
  }))

test.run()
