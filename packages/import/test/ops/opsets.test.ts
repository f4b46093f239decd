import { tieredSuite } from '@ashlar/test-support'
import { type Differential, heldAgainstOnnxruntime } from '../support/differential.ts'
import { type MadeNode, type MadeTensor, weight } from '../support/make-onnx.ts'

const { test, slow } = tieredSuite('operators as older versions of the standard have them')

const list = (...data: number[]): MadeTensor => ({ shape: [data.length], data, type: 'int64' })
const number = (value: number): MadeTensor => ({ shape: [], data: [value] })
const floats = (...data: number[]): MadeTensor => ({ shape: [data.length], data })

const node = (
  op: string,
  attributes: MadeNode['attributes'] = {},
  more: readonly string[] = [],
): MadeNode => ({ op, name: op, inputs: ['x', ...more], outputs: ['y'], attributes })

/** From which version to which an operator has a form; one of each is tried. */
type Form = readonly [
  op: string,
  opsets: readonly number[],
  input: readonly number[],
  attributes: MadeNode['attributes'],
  weights?: Readonly<Record<string, MadeTensor>>,
]

const image = [2, 3, 4, 5]

const FORMS: readonly Form[] = [
  [
    'BatchNormalization',
    [7, 8, 9, 14],
    image,
    {},
    {
      scale: weight([3], 1),
      bias: weight([3], 2),
      mean: weight([3], 3),
      variance: floats(0.5, 1, 2),
    },
  ],
  ['Upsample', [7, 8], image, { mode: 'nearest', scales: { floats: [1, 1, 2, 3] } }],
  ['Upsample', [7], image, { mode: 'linear', scales: { floats: [1, 1, 2, 2] } }],
  ['Upsample', [9], image, { mode: 'nearest' }, { scales: floats(1, 1, 2, 3) }],
  ['Resize', [10], image, { mode: 'nearest' }, { scales: floats(1, 1, 2, 3) }],
  ['Resize', [10], image, { mode: 'linear' }, { scales: floats(1, 1, 2, 2) }],
  [
    'Resize',
    [11, 13, 18],
    image,
    { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    { roi: floats(), scales: floats(1, 1, 2, 2) },
  ],
  ['Clip', [7, 10], image, { min: { float: -0.3 }, max: { float: 0.4 } }],
  ['Clip', [11, 12, 13], image, {}, { low: number(-0.3), high: number(0.4) }],
  ['Dropout', [7, 10], image, { ratio: { float: 0.4 } }],
  ['Dropout', [12, 13], image, {}, { ratio: number(0.4) }],
  ['Pad', [7, 10], image, { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: { float: 0.5 } }],
  ['Pad', [7], image, { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: 'reflect' }],
  ['Pad', [11, 13, 19], image, {}, { pads: list(0, 0, 1, 2, 0, 0, 0, 1), value: number(0.5) }],
  ['Slice', [7, 9], image, { starts: [1, -3], ends: [3, 100], axes: [1, 3] }],
  [
    'Slice',
    [10, 11, 13],
    image,
    {},
    { starts: list(1, -1), ends: list(3, -100), axes: list(1, 3), steps: list(1, -2) },
  ],
  ['Squeeze', [7, 11], [2, 1, 3, 1], { axes: [1, 3] }],
  ['Squeeze', [13], [2, 1, 3, 1], {}, { axes: list(1, -1) }],
  ['Unsqueeze', [7, 11], [2, 3], { axes: [0, 2] }],
  ['Unsqueeze', [13], [2, 3], {}, { axes: list(0, -1) }],
  ['ReduceSum', [7, 11], image, { axes: [1, 3], keepdims: 0 }],
  ['ReduceSum', [13, 18], image, { keepdims: 1 }, { axes: list(1, -1) }],
  ['ReduceMean', [7, 13], image, { axes: [2, 3] }],
  ['ReduceMean', [18], image, {}, { axes: list(2, 3) }],
  ['ReduceMax', [7, 12], image, { axes: [-1] }],
  ['Softmax', [7, 11], image, { axis: 2 }],
  ['Softmax', [7], image, {}],
  ['Softmax', [13], image, { axis: 2 }],
  ['LogSoftmax', [9, 13], image, { axis: 1 }],
  ['Hardmax', [7, 13], [3, 5], {}],
  ['TopK', [10, 11], [3, 6], { axis: 1 }, { k: list(2) }],
  ['TopK', [7], [3, 6], { axis: 1, k: 2 }],
  ['Split', [7, 11], image, { axis: 3, split: [2, 3] }],
  ['Split', [13, 18], image, { axis: 3 }, { split: list(2, 3) }],
  ['Flatten', [7, 9, 11], image, { axis: 2 }],
  ['Gemm', [7, 9], [3, 4], { transB: 1 }, { b: weight([5, 4], 1), c: weight([5], 2) }],
  ['Gemm', [11, 13], [3, 4], { alpha: { float: 0.5 } }, { b: weight([4, 5], 1) }],
  ['MaxPool', [7, 8], image, { kernel_shape: [2, 2], strides: [1, 2], pads: [1, 0, 0, 1] }],
  ['MaxPool', [10, 12], image, { kernel_shape: [2, 2], dilations: [2, 1], ceil_mode: 1 }],
  [
    'AveragePool',
    [7, 10, 19],
    image,
    { kernel_shape: [3, 2], pads: [1, 1, 1, 0], count_include_pad: 1 },
  ],
  ['ArgMax', [7, 11, 12], [3, 5], { axis: 1, keepdims: 0 }],
  ['PRelu', [7, 9, 16], image, {}, { slope: weight([3, 1, 1], 1) }],
  ['Gather', [7, 11, 13], [3, 4], { axis: 1 }, { indices: list(2, 0, 3) }],
  [
    'Scatter',
    [9, 10],
    [3, 4],
    { axis: 0 },
    {
      indices: { shape: [2, 4], data: [0, 1, 2, 0, 2, 0, 1, 1], type: 'int64' },
      updates: weight([2, 4], 5),
    },
  ],
  [
    'LSTM',
    [7, 14],
    [4, 2, 3],
    { hidden_size: 2 },
    { w: weight([1, 8, 3], 1), r: weight([1, 8, 2], 2), b: weight([1, 16], 3) },
  ],
  [
    'GRU',
    [7, 14],
    [4, 2, 3],
    { hidden_size: 2, linear_before_reset: 1 },
    { w: weight([1, 6, 3], 1), r: weight([1, 6, 2], 2), b: weight([1, 12], 3) },
  ],
]

/** Whole numbers are compared as floats: the output that has them. */
const WHOLE: Readonly<Record<string, number>> = { ArgMax: 0, TopK: 1 }

/** How many outputs there are, where one is not all. */
const OUTPUTS: Readonly<Record<string, number>> = { Split: 2, TopK: 2 }

let count = 0
for (const [op, opsets, input, attributes, weights = {}] of FORMS) {
  for (const opset of opsets) {
    const declare = count++ % 12 === 0 ? test : slow
    declare(`${op} of opset ${opset} ${JSON.stringify(attributes)}`, () => {
      const made = node(op, attributes, Object.keys(weights))
      const own = Array.from({ length: OUTPUTS[op] ?? 1 }, (_, at) => `y${at === 0 ? '' : at}`)
      const whole = WHOLE[op]
      const given = own.map((name, at) => (at === whole ? 'whole' : name))
      const cast = { ...node('Cast', { to: 1 }), inputs: ['whole'], outputs: [own[whole ?? 0]!] }
      const nodes = [{ ...made, outputs: given }, ...(whole === undefined ? [] : [cast])]
      const held: Differential = { inputs: { x: input }, outputs: own, nodes, weights, opset }
      return heldAgainstOnnxruntime(held)
    })
  }
}

test.run()
