import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import { type MadeNode, type MadeTensor, makeOnnx, withFile } from '../support/make-onnx.ts'

const test = suite('parts of images')

const regions: MadeTensor = {
  shape: [3, 4],
  data: [0.5, 1, 6.2, 7.4, 2, 2, 3, 3, -2, -1, 4.7, 12],
}
const which: MadeTensor = { shape: [3], data: [0, 0, 0], type: 'int64' }

/** Which image each region is of, by numbers that are fed. */
const chosen: readonly MadeNode[] = [
  { op: 'Greater', name: 'g', inputs: ['w', 'middle'], outputs: ['g'] },
  { op: 'Cast', name: 'c', inputs: ['g'], outputs: ['which'], attributes: { to: 7 } },
]
const middle: MadeTensor = { shape: [], data: [0] }

for (const [mode, opset, attributes] of [
  ['avg', 16, {}],
  ['avg', 16, { coordinate_transformation_mode: 'output_half_pixel' }],
  ['avg', 10, {}],
  ['max', 16, { coordinate_transformation_mode: 'output_half_pixel' }],
] as const) {
  test(`RoiAlign ${mode} of opset ${opset} ${JSON.stringify(attributes)}`, () =>
    heldAgainstOnnxruntime({
      inputs: { x: [2, 3, 8, 9], w: [3] },
      weights: { regions, middle },
      opset,
      nodes: [
        ...chosen,
        {
          ...{ op: 'RoiAlign', inputs: ['x', 'regions', 'which'], outputs: ['y'] },
          attributes: {
            ...{ mode, output_height: 3, output_width: 2, sampling_ratio: 2 },
            spatial_scale: { float: 0.5 },
            ...attributes,
          },
        },
      ],
    }))
}

test('RoiAlign of many regions takes what it samples, not a whole image for each', () => {
  const count = 1000
  const corners = Array.from({ length: count }, (_, at) => [at % 50, at % 40, 60, 70]).flat()
  return heldAgainstOnnxruntime({
    inputs: { x: [1, 32, 128, 128] },
    weights: {
      regions: { shape: [count, 4], data: corners },
      which: { shape: [count], data: new Array<number>(count).fill(0), type: 'int64' },
    },
    nodes: [
      {
        ...{ op: 'RoiAlign', inputs: ['x', 'regions', 'which'], outputs: ['y'] },
        attributes: { output_height: 1, output_width: 2, sampling_ratio: 1 },
      },
    ],
  })
})

test('MaxRoiPool of many regions looks at columns of the image once, and at all numbers', () => {
  const count = 600
  const corners = Array.from({ length: count }, (_, at) => [
    ...[0, at % 70, at % 50, (at * 7) % 90, (at * 13) % 80],
  ]).flat()
  return heldAgainstOnnxruntime({
    inputs: { x: [1, 16, 61, 67] },
    weights: { rois: { shape: [count, 5], data: corners } },
    nodes: [
      {
        ...{ op: 'MaxRoiPool', inputs: ['x', 'rois'], outputs: ['y'] },
        attributes: { pooled_shape: [2, 3] },
      },
    ],
  })
})

test('MaxRoiPool takes the nearest pixels, halves away from 0, of each region of its own image', () =>
  heldAgainstOnnxruntime({
    inputs: { x: [3, 2, 9, 7] },
    weights: {
      rois: {
        shape: [6, 5],
        data: [
          ...[
            [2, -0.5, -2.5, 4, 4],
            [0, 0.5, 1.5, 2.5, 6.5],
            [1, 0.49999997, 0.49999997, 4, 4],
          ],
          ...[
            [2, 6, 8, 6, 8],
            [0, 20, 20, 30, 30],
            [1, 5, 5, 2, 2],
          ],
        ].flat(),
      },
    },
    nodes: [
      {
        ...{ op: 'MaxRoiPool', inputs: ['x', 'rois'], outputs: ['y'] },
        attributes: { pooled_shape: [2, 2] },
      },
    ],
  }))

test('MaxRoiPool', () =>
  heldAgainstOnnxruntime({
    inputs: { x: [2, 3, 8, 9], w: [3] },
    weights: {
      middle,
      corners: { shape: [3, 4], data: [0, 1, 6, 7, 2, 2, 3, 3, 4, 4, 30, 12] },
      column: { shape: [2], data: [3, 1], type: 'int64' },
    },
    nodes: [
      ...chosen,
      { op: 'Cast', name: 'f', inputs: ['which'], outputs: ['f'], attributes: { to: 1 } },
      { op: 'Reshape', name: 'r', inputs: ['f', 'column'], outputs: ['r'] },
      {
        op: 'Concat',
        name: 'k',
        inputs: ['r', 'corners'],
        outputs: ['rois'],
        attributes: { axis: 1 },
      },
      {
        ...{ op: 'MaxRoiPool', inputs: ['x', 'rois'], outputs: ['y'] },
        attributes: { pooled_shape: [3, 2], spatial_scale: { float: 0.5 } },
      },
    ],
  }))

test('RoiAlign whose sampling follows from sizes is refused, and it is said what to do', () =>
  withFile(
    makeOnnx({
      inputs: { x: [2, 3, 8, 9] },
      outputs: ['y'],
      weights: { regions, which },
      nodes: [{ op: 'RoiAlign', name: 'roi', inputs: ['x', 'regions', 'which'], outputs: ['y'] }],
    }),
    async (path) => {
      try {
        await loadOnnx(path)
        assert.unreachable()
      } catch (error) {
        assert.match(
          (error as Error).message,
          /roi: RoiAlign: its sampling_ratio is 0.*sampling_ratio=2/,
        )
      }
    },
  ))

test.run()
