import { constant, type Node } from '../ir/index.ts'

/** Ops that take their axes as an attribute first and as an input from a version on. */
const AXES_INPUT_FROM: Readonly<Record<string, number>> = {
  ReduceL1: 18,
  ReduceL2: 18,
  ReduceLogSum: 18,
  ReduceLogSumExp: 18,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceSumSquare: 18,
}

/** First version of the file format that goes with an opset, newest first. */
const IR_VERSIONS: readonly (readonly [opset: number, ir: number])[] = [
  [21, 10],
  [19, 9],
  [15, 8],
  [0, 7],
]

/** The version of the file format that readers of an opset know. */
export function irVersion(opset: number): number {
  return IR_VERSIONS.find(([from]) => opset >= from)![1]
}

/** A node as its opset has it. Lowerings write attributes as opset 17 has them. */
export function forOpset(node: Node, opset: number): Node {
  const from = node.domain === '' ? AXES_INPUT_FROM[node.op] : undefined
  const { axes, ...attrs } = node.attrs
  if (from === undefined || opset < from || !Array.isArray(axes)) return node
  const list = BigInt64Array.from((axes as number[]).map(BigInt))
  return { ...node, attrs, inputs: [...node.inputs, constant(list, [list.length], 'int64')] }
}
