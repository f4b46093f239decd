import {
  countUses,
  createValue,
  type Graph,
  kernelNode,
  type Node,
  namedInput,
  type Value,
} from '../ir/index.ts'

/**
 * The gradient of a ReLU in front of a max pool: dx = poolGrad(dy) * step(x). A pixel only gets gradient where it is the maximum, so
 * its step is the step of the pooled output: masking dy before it is spread does the same on a tensor as small as the pooling makes it.
 * For captured graphs.
 */
export function maskPooledGradient(graph: Graph): void {
  const uses = countUses(graph)
  const spread = new Map<Node, Value>()
  const replaced = new Map<Node, Node>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs' || node.op !== 'Multiply') continue
    const found = match(node.inputs as Value[]) ?? match(node.inputs.toReversed() as Value[])
    if (found === undefined || uses.get(found.outputs[0]!) !== 1) continue
    spread.set(found, node.outputs[0]!)
    replaced.set(node, found)
  }
  graph.nodes = graph.nodes.flatMap((node) => {
    if (replaced.has(node)) return []
    const output = spread.get(node)
    return output === undefined ? [node] : maskFirst(node, output)
  })
}

/** The pooling gradient, when the factors are one and the step of the pooling's input. */
function match([gradient, step]: readonly Value[]): Node | undefined {
  const pool = gradient!.node
  if (pool?.domain !== 'tfjs' || !pool.op.startsWith('MaxPool') || !pool.op.endsWith('Grad'))
    return undefined
  const mask = step!.node
  if (mask?.domain !== 'tfjs' || mask.op !== 'Step' || mask.attrs.alpha) return undefined
  return mask.inputs[0] === namedInput(pool, 'input') ? pool : undefined
}

function maskFirst(pool: Node, output: Value): Node[] {
  const dy = namedInput(pool, 'dy')!
  const pooled = namedInput(pool, 'output')!
  const { scope } = pool
  const emit = (op: string, given: Record<string, Value>, attrs: Node['attrs']): Node =>
    kernelNode(op, given, [createValue(dy.shape, dy.dtype)], { attrs, scope })
  const step = emit('Step', { x: pooled }, { alpha: 0 })
  const masked = emit('Multiply', { a: dy, b: step.outputs[0]! }, {})
  const inputs = pool.inputs.map((input) => (input === dy ? masked.outputs[0]! : input)) as Value[]
  const spread: Node = { ...pool, inputs, outputs: [output] }
  output.node = spread
  return [step, masked, spread]
}
