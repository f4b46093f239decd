import {
  countUses,
  createValue,
  filled,
  type Graph,
  kernelNode,
  type Node,
  namedInput,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { pointwiseBetween } from './meaning.ts'

/** A gradient of a max pool, times what follows from the pool's input number by number. */
interface Found {
  readonly pool: Node
  /** What leads to the factor; the last one gives it. */
  readonly factor: readonly Node[]
}

/**
 * The gradient of an activation in front of a max pool: dx = poolGrad(dy) * slope(y), with y the pool's input. A pixel only gets gradient where it is the maximum, so
 * its slope is the slope of the pooled output: multiplying dy by it before it is spread does the same on a tensor as small as the pooling makes it.
 * For captured graphs.
 */
export function slopeAfterPool(graph: Graph): void {
  const uses = countUses(graph)
  const spread = new Map<Node, readonly [Found, Value]>()
  const replaced = new Set<Node>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs' || node.op !== 'Multiply') continue
    const found = match(node.inputs as Value[]) ?? match(node.inputs.toReversed() as Value[])
    if (found === undefined || uses.get(found.pool.outputs[0]!) !== 1) continue
    spread.set(found.pool, [found, node.outputs[0]!])
    replaced.add(node)
  }
  graph.nodes = graph.nodes.flatMap((node) => {
    if (replaced.has(node)) return []
    const [found, output] = spread.get(node) ?? []
    return found === undefined ? [node] : slopeFirst(found, output!)
  })
}

function match([gradient, factor]: readonly Value[]): Found | undefined {
  const pool = gradient!.node
  if (pool?.domain !== 'tfjs' || !pool.op.startsWith('MaxPool') || !pool.op.endsWith('Grad'))
    return undefined
  const nodes = pointwiseBetween(namedInput(pool, 'input')!, factor!)
  return nodes === undefined || nodes.length === 0 ? undefined : { pool, factor: nodes }
}

function slopeFirst({ pool, factor }: Found, output: Value): Node[] {
  const dy = namedInput(pool, 'dy')!
  const pooled = new Map([[namedInput(pool, 'input')!, namedInput(pool, 'output')!]])
  const { scope } = pool
  const slope = factor.map((node) => {
    const inputs = node.inputs.map((input) => pooled.get(input!) ?? numberOf(input!))
    const [whole] = node.outputs as [Value]
    const small = createValue(dy.shape, whole.dtype)
    pooled.set(whole, small)
    small.node = { ...node, inputs, outputs: [small] }
    return small.node
  })
  const masked = createValue(dy.shape, dy.dtype)
  const given = { a: dy, b: slope.at(-1)!.outputs[0]! }
  const product = kernelNode('Multiply', given, [masked], { scope })
  const inputs = pool.inputs.map((input) => (input === dy ? masked : input))
  output.node = { ...pool, inputs, outputs: [output] }
  return [...slope, product, output.node]
}

/** A constant that is the same everywhere, of any shape. */
function numberOf(constant: Value): Value {
  return filled(uniformValue(constant)!, [], constant.dtype)
}
