import { type Graph, isScan, type Node, subgraphsOf, type Value } from '../ir/index.ts'
import { prunedScan } from './prune-scan.ts'

/**
 * Removes nodes and state inputs that nobody reads, also in the graphs that nodes hold, and what those take for nothing. Other inputs stay: they are the
 * graph's signature.
 */
export function removeDeadCode(graph: Graph): void {
  const live = new Set<Value>(graph.outputs.map(({ value }) => value))
  const kept: Node[] = []
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const whole = graph.nodes[index]!
    if (!whole.outputs.some((output) => live.has(output))) continue
    const node = isScan(whole) ? prunedScan(whole, live) : whole
    for (const inner of subgraphsOf(node)) removeDeadCode(inner)
    dropUnread(node)
    for (const input of node.inputs) if (input) live.add(input)
    kept.push(node)
  }
  graph.nodes = kept.reverse()
  graph.inputs = graph.inputs.filter(
    ({ value, state, from }) => (!state && from === undefined) || live.has(value),
  )
}

/** Takes away the inputs of a node that only its graphs had a use for. */
function dropUnread(node: Node): void {
  const { formals } = node
  if (formals === undefined) return
  const graphs = subgraphsOf(node)
  const read = new Set(graphs.flatMap(({ inputs }) => inputs.flatMap(({ from }) => from ?? [])))
  const kept = [...node.inputs.keys()].filter((index) => index < formals || read.has(index))
  const places = new Map(kept.map((index, place) => [index, place]))
  node.inputs = kept.map((index) => node.inputs[index])
  for (const graph of graphs) {
    graph.inputs = graph.inputs.map((input) =>
      input.from === undefined ? input : { ...input, from: places.get(input.from)! },
    )
  }
}
