import { countUses, type Graph, type Node, sizeOf, uniformValue, type Value } from '../ir/index.ts'

/**
 * Lets a batch of matrix products multiply, or divide, by a number itself, which saves a pass over the scores of attention, and another one over their derivatives. For lowered graphs of
 * onnxruntime's ops; multiplications whose results are not read any more are dead code afterwards.
 */
export function scaleInProducts(graph: Graph): void {
  const uses = countUses(graph)
  const isProduct = ({ op, domain, outputs }: Node) =>
    outputs[0]!.dtype === 'float32' &&
    ((op === 'MatMul' && domain === '') || (op === 'FusedMatMul' && domain === 'com.microsoft'))
  graph.nodes = graph.nodes.map((node) => {
    if (isProduct(node)) {
      const factors = node.inputs.map((input) => scaled(input!))
      if (factors.every((factor) => factor === undefined)) return node
      const inputs = node.inputs.map((input, at) => factors[at]?.x ?? input)
      return product(node, inputs, [...factors.map((factor) => factor?.by ?? 1)]) ?? node
    }
    const factor = scaled(node.outputs[0])
    const before = factor?.x.node
    if (before === undefined || !isProduct(before) || uses.get(factor!.x) !== 1) return node
    return product({ ...before, outputs: node.outputs }, before.inputs, [factor!.by]) ?? node
  })
}

/** Numbers that are further from one may be what keeps products, or their own product, within what float32 can hold. */
const FURTHEST = 2 ** 24

/** The same product times numbers, as one that is fused, where they leave it what it was. They are multiplied as float32, which is what they are. */
function product(node: Node, inputs: Node['inputs'], by: readonly number[]): Node | undefined {
  const { alpha = 1 } = node.attrs as { readonly alpha?: number }
  const all = by.reduce((product, each) => Math.fround(product * each), alpha)
  const size = Math.abs(all)
  if (!(size >= 1 / FURTHEST && size <= FURTHEST)) return undefined
  const attrs = { ...node.attrs, alpha: all }
  const fused: Node = { ...node, op: 'FusedMatMul', domain: 'com.microsoft', inputs, attrs }
  fused.outputs[0]!.node = fused
  return fused
}

/** What a value is a multiple or a part of, and by which constant. */
function scaled(value: Value | undefined): { readonly x: Value; readonly by: number } | undefined {
  const node = value?.node
  if (node === undefined || node.domain !== '') return undefined
  const [a, b] = node.inputs as [Value, Value]
  if (node.op === 'Div') {
    const by = Math.fround(1 / (constantOf(b, a) ?? 0))
    return Number.isFinite(by) ? { x: a, by } : undefined
  }
  if (node.op !== 'Mul') return undefined
  for (const [x, factor] of [
    [a, b],
    [b, a],
  ] as const) {
    const by = constantOf(factor, x)
    if (by !== undefined) return { x, by }
  }
  return undefined
}

/** The number that a value is, where that adds no axes to what it goes with. */
function constantOf(value: Value, other: Value): number | undefined {
  const isNumber = sizeOf(value.shape) === 1 && value.shape.length <= other.shape.length
  return isNumber ? uniformValue(value) : undefined
}
