import { type MadeModel, type MadeNode, type MadeTensor, weight } from './make-onnx.ts'

type Numbers = MadeModel['weights']

/** Whole numbers that depend on the seed alone. */
export function whole(
  shape: readonly number[],
  seed: number,
  type: 'int8' | 'uint8' | 'int32',
): MadeTensor {
  const { data } = weight(shape, seed)
  const [size, from] = type === 'uint8' ? [255, 0] : type === 'int8' ? [254, -127] : [2000, -1000]
  return {
    shape,
    type,
    data: Array.from(data, (each) => Math.round(((each + 1) / 2) * size) + from),
  }
}

export const number = (value: number, type?: 'int8' | 'uint8'): MadeTensor => ({
  ...{ shape: [], data: [value] },
  ...(type && { type }),
})

/** A value rounded to bytes and back, as quantizers write it. */
function pair(name: string, scale: number, zero: number): { nodes: MadeNode[]; weights: Numbers } {
  const grid = [`${name}_scale`, `${name}_zero_point`]
  return {
    nodes: [
      {
        ...{ op: 'QuantizeLinear', name: `${name}_QuantizeLinear` },
        ...{ inputs: [name, ...grid], outputs: [`${name}_QuantizeLinear_Output`] },
      },
      {
        ...{ op: 'DequantizeLinear', name: `${name}_DequantizeLinear` },
        inputs: [`${name}_QuantizeLinear_Output`, ...grid],
        outputs: [`${name}_DequantizeLinear_Output`],
      },
    ],
    weights: { [grid[0]!]: number(scale), [grid[1]!]: number(zero, 'uint8') },
  }
}

/** A tensor of whole numbers and what makes floats of it. */
function rounded(
  name: string,
  tensor: MadeTensor,
  scale: MadeTensor,
  axis = 0,
): { nodes: MadeNode[]; weights: Numbers } {
  const parts = ['quantized', 'scale', 'zero_point'].map((part) => `${name}_${part}`)
  const zeros = { ...scale, type: tensor.type!, data: Array.from(scale.data, () => 0) }
  return {
    nodes: [
      {
        ...{ op: 'DequantizeLinear', name: `${name}_DequantizeLinear`, inputs: parts },
        ...{ outputs: [`${name}_DequantizeLinear_Output`], attributes: { axis } },
      },
    ],
    weights: { [parts[0]!]: tensor, [parts[1]!]: scale, [parts[2]!]: zeros },
  }
}

/** What stands for a value after it was rounded. */
export const back = (name: string): string => `${name}_DequantizeLinear_Output`

export const kernel: MadeTensor = whole([4, 2, 3, 3], 1, 'int8')
export const kernelScale: MadeTensor = { shape: [4], data: [0.01, 0.002, 0.004, 0.007] }
export const bias: MadeTensor = whole([4], 2, 'int32')
export const matrix: MadeTensor = whole([4, 3], 3, 'int8')

/** A convolution whose ReLU a quantizer left out, as bytes end at 0, and a classifier. */
export function network(high: number): MadeModel {
  const parts = [
    pair('x', 2 / 255, 128),
    rounded('conv.weight', kernel, kernelScale),
    rounded('conv.bias', bias, {
      shape: [4],
      data: Array.from(kernelScale.data, (each) => (each * 2) / 255),
    }),
    pair('features', high / 255, 0),
    pair('mean', high / 255, 0),
    rounded('fc.weight', matrix, number(0.003)),
    pair('y', 0.05, 120),
  ] as const
  const [x, w, b, features, mean, fc, y] = parts
  return {
    inputs: { x: ['batch', 2, 6, 6] },
    outputs: [back('y')],
    weights: Object.assign({}, ...parts.map(({ weights }) => weights)),
    nodes: [
      ...x.nodes,
      ...w.nodes,
      ...b.nodes,
      {
        ...{ op: 'Conv', name: 'conv', outputs: ['features'] },
        inputs: [back('x'), back('conv.weight'), back('conv.bias')],
      },
      ...features.nodes,
      { op: 'GlobalAveragePool', name: 'pool', inputs: [back('features')], outputs: ['mean'] },
      ...mean.nodes,
      { op: 'Flatten', name: 'flat', inputs: [back('mean')], outputs: ['flat'] },
      ...fc.nodes,
      { op: 'MatMul', name: 'fc', inputs: ['flat', back('fc.weight')], outputs: ['y'] },
      ...y.nodes,
    ],
  }
}

const floats = (tensor: MadeTensor, scale: (at: number) => number): MadeTensor => ({
  shape: tensor.shape,
  data: Array.from(tensor.data, (each, at) => each * scale(at)),
})

/** The same by floats. */
export function floatNetwork(activation: MadeNode): MadeModel {
  const scaleOf = (at: number) => kernelScale.data[Math.floor(at / 18)]!
  return {
    inputs: { x: ['batch', 2, 6, 6] },
    outputs: ['y'],
    weights: {
      'conv.weight': floats(kernel, scaleOf),
      'conv.bias': floats(bias, (at) => (kernelScale.data[at]! * 2) / 255),
      'fc.weight': floats(matrix, () => 0.003),
      low: number(0),
      high: number(6),
    },
    nodes: [
      { op: 'Conv', name: 'conv', inputs: ['x', 'conv.weight', 'conv.bias'], outputs: ['c'] },
      { ...activation, inputs: ['c', ...activation.inputs], outputs: ['features'] },
      { op: 'GlobalAveragePool', name: 'pool', inputs: ['features'], outputs: ['mean'] },
      { op: 'Flatten', name: 'flat', inputs: ['mean'], outputs: ['flat'] },
      { op: 'MatMul', name: 'fc', inputs: ['flat', 'fc.weight'], outputs: ['y'] },
    ],
  }
}
