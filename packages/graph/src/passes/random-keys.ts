import { createValue, type Graph, kernelNode, type Node, type Value } from '../ir/index.ts'
import { saltOf } from '../ops/random.ts'

/** Streams that a kernel draws from. */
const STREAMS: Readonly<Record<string, number>> = {
  RandomUniform: 1,
  RandomMask: 1,
  RandomTruncatedNormal: 1,
  RandomNormal: 2,
}

/**
 * The keys of all random tensors of a seed as one list: each takes forty nodes on a single number, as many as its whole tensor. For captured graphs.
 */
export function joinRandomKeys(graph: Graph): void {
  for (const [seed, draws] of drawsBySeed(graph)) if (draws.length > 1) join(graph, seed, draws)
}

/** Random tensors that have no key yet. */
function drawsBySeed({ nodes }: Graph): Map<Value, Node[]> {
  const draws = new Map<Value, Node[]>()
  for (const node of nodes) {
    const isDraw = node.domain === 'tfjs' && node.op in STREAMS
    if (!isDraw || String(node.inputNames) !== 'seed,step') continue
    const seed = node.inputs[0]!
    draws.set(seed, [...(draws.get(seed) ?? []), node])
  }
  return draws
}

function join(graph: Graph, seed: Value, draws: readonly Node[]): void {
  const salts: number[] = []
  const drawn = new Map<Node, Node>()
  const keys = createValue([0], 'uint64')
  for (const node of draws) {
    const [, step] = node.inputs as [Value, Value]
    const attrs = { ...node.attrs, keyAt: salts.length }
    for (let stream = 0; stream < STREAMS[node.op]!; stream++) {
      salts.push(saltOf(node.attrs.salt as number, stream))
    }
    const { scope } = node
    drawn.set(node, kernelNode(node.op, { seed, step, keys }, node.outputs, { attrs, scope }))
  }
  keys.shape = [salts.length]
  const made = kernelNode('RandomKeys', { seed }, [keys], { attrs: { salts }, scope: '' })
  const first = graph.nodes.indexOf(draws[0]!)
  graph.nodes = graph.nodes.map((node) => drawn.get(node) ?? node)
  graph.nodes.splice(first, 0, made)
}
