import {
  createValue,
  type Graph,
  kernelNode,
  type Node,
  namedInput,
  replaceUses,
  type Value,
} from '../ir/index.ts'
import { inOrder } from './in-order.ts'

/**
 * Products that are sums over all steps of a loop, of different factors with the same other one, as one product: the derivatives by the kernels and the bias of a recurrent layer read the
 * derivatives of all steps once, not three times. For captured graphs.
 */
export function joinSumsOfProducts(graph: Graph): void {
  const [alongRows, alongColumns] = [new Map<Value, Node[]>(), new Map<Value, Node[]>()]
  for (const node of graph.nodes) {
    const [a, b] = isSumOfProducts(node) ? [namedInput(node, 'a'), namedInput(node, 'b')] : []
    if (a === undefined || b === undefined) continue
    const groups = node.attrs.transposeB === true ? alongColumns : alongRows
    groups.set(b, [...(groups.get(b) ?? []), node])
  }
  const joined = new Map<Node, readonly Node[]>()
  const dropped = new Set<Node>()
  const replacements = new Map<Value, Value>()
  for (const [b, group] of [...alongRows, ...alongColumns]) {
    const free = independent(graph, group)
    if (free.length < 2) continue
    joined.set(free.at(-1)!, oneFor(b, free, replacements))
    for (const node of free) dropped.add(node)
  }
  if (joined.size === 0) return
  graph.nodes = graph.nodes.flatMap((node) => joined.get(node) ?? (dropped.has(node) ? [] : [node]))
  replaceUses(graph, replacements)
  // What read the first of the joined products must wait for the last.
  graph.nodes = inOrder(graph.nodes)
}

/** Those of a group that need no other one of it. */
function independent(graph: Graph, group: readonly Node[]): readonly Node[] {
  if (group.length < 2) return group
  const own = new Set(group)
  const reached = new Set<Value>()
  const free: Node[] = []
  for (const node of graph.nodes) {
    const follows = node.inputs.some((input) => input && reached.has(input))
    if (own.has(node) && !follows) free.push(node)
    if (follows || own.has(node)) for (const output of node.outputs) reached.add(output)
  }
  return free
}

function isSumOfProducts({ op, domain, attrs, inputNames, inputs }: Node): boolean {
  const a = inputs[0]
  return (
    domain === 'tfjs' &&
    op === 'BatchMatMul' &&
    inputNames.join() === 'a,b' &&
    attrs.ofSteps === true &&
    a!.shape.length === 3 &&
    a!.shape[0] === 1 &&
    inputs[1]!.shape.length === 3
  )
}

function oneFor(b: Value, group: readonly Node[], replacements: Map<Value, Value>): Node[] {
  const { scope } = group.at(-1)!
  const factors = group.map((node) => namedInput(node, 'a')!)
  const { transposeA, transposeB } = group[0]!.attrs
  // Where the factors are side by side, and where each has what is summed over.
  const [axis, other] = transposeB ? [1, 2] : [2, 1]
  const sizes = factors.map(({ shape }) => Number(shape[axis]))
  const [rows, columns] = [factors[0]!.shape[other]!, b.shape[axis]!]
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const all = createValue(transposeB ? [1, total, rows] : [1, rows, total], 'float32')
  const product = createValue([1, total, columns], 'float32')
  const parts = sizes.map((size) => createValue([1, size, columns], 'float32'))
  for (const [index, node] of group.entries()) replacements.set(node.outputs[0]!, parts[index]!)
  const named = Object.fromEntries(factors.map((each, index) => [String(index), each]))
  const attrs = { transposeA, transposeB }
  return [
    kernelNode('Concat', named, [all], { attrs: { axis }, scope }),
    kernelNode('BatchMatMul', { a: all, b }, [product], { attrs, scope }),
    kernelNode('SplitV', { x: product }, parts, {
      attrs: { numOrSizeSplits: sizes, axis: 1 },
      scope,
    }),
  ]
}
