import type { AttributeValue, OnnxNode } from '../file/graph.ts'

/** Places of a value of whole numbers among the inputs of a node, and of its scale and zero. */
export interface QuantizedValue {
  readonly value: number
  readonly scale: number
  readonly zero: number
  /** Along which there is a scale for each row, where there is more than one. */
  readonly axis: number
}

/** An operator on whole numbers, and the one that it is of floats. */
export interface QuantizedOperator {
  readonly op: string
  readonly domain: string
  /** Of the standard. */
  readonly float: string
  /** What the float operator takes. */
  values(node: OnnxNode): readonly QuantizedValue[]
  /** The place of a bias of whole numbers, whose scale is the product of the scales of both values. */
  readonly bias?: number
  /** By which the sum of products and bias is multiplied, where the float operator multiplies its products alone; 1 by default. */
  factor?(node: OnnxNode): number
  /** Places of scale and zero of what it gives. */
  readonly output: readonly [scale: number, zero: number]
  /** Attributes that it alone has, with what they must be for the float operator to be the same; undefined for whatever. */
  readonly own?: Readonly<Record<string, AttributeValue | undefined>>
}

const MICROSOFT = 'com.microsoft'

/** A value that is followed by its scale and zero. */
const at = (value: number, axis = 0): QuantizedValue => ({
  ...{ value, scale: value + 1, zero: value + 2, axis },
})

/** One that takes a value and gives one. */
const unary = (
  op: string,
  float: string,
  own: QuantizedOperator['own'] = {},
): QuantizedOperator => ({
  ...{ op, float, own, domain: MICROSOFT, values: () => [at(0)], output: [3, 4] },
})

const binary = (op: string, float: string): QuantizedOperator => ({
  ...{ op, float, domain: MICROSOFT, values: () => [at(0), at(3)], output: [6, 7] },
})

const channelsFirst = { channels_last: 0 }

const operators: readonly QuantizedOperator[] = [
  {
    ...{ op: 'QLinearConv', float: 'Conv', domain: '', bias: 8, output: [6, 7] },
    values: () => [at(0), at(3)],
  },
  {
    ...{ op: 'QLinearMatMul', float: 'MatMul', domain: '', output: [6, 7] },
    values: () => [at(0, -2), at(3, -1)],
  },
  {
    ...{ op: 'QGemm', float: 'Gemm', domain: MICROSOFT, bias: 6, output: [7, 8] },
    factor: ({ attributes }) => Number(attributes.get('alpha') ?? 1),
    values: ({ attributes }) => [at(0), at(3, attributes.get('transB') === 1 ? 0 : 1)],
  },
  binary('QLinearAdd', 'Add'),
  binary('QLinearMul', 'Mul'),
  unary('QLinearSigmoid', 'Sigmoid'),
  unary('QLinearLeakyRelu', 'LeakyRelu'),
  unary('QLinearSoftmax', 'Softmax', { opset: undefined }),
  unary('QLinearGlobalAveragePool', 'GlobalAveragePool', channelsFirst),
  unary('QLinearAveragePool', 'AveragePool', channelsFirst),
  {
    ...{ op: 'QLinearConcat', float: 'Concat', domain: MICROSOFT, output: [0, 1] },
    values: ({ inputs }) =>
      Array.from({ length: Math.floor((inputs.length - 2) / 3) }, (_, index) => at(2 + 3 * index)),
  },
]

const byName = new Map(operators.map((each) => [`${each.domain}:${each.op}`, each]))

/** What a node on whole numbers is of floats; undefined for one that is not known. */
export function quantizedOperator({ domain, op }: OnnxNode): QuantizedOperator | undefined {
  return byName.get(`${domain}:${op}`)
}
