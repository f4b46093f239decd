import type { Graph, Value } from '../ir/index.ts'

/** Removes nodes and state inputs that nobody reads. Other inputs stay: they are the graph's signature. */
export function removeDeadCode(graph: Graph): void {
  const live = new Set<Value>(graph.outputs.map(({ value }) => value))
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => live.has(output))) return false
    for (const input of node.inputs) if (input) live.add(input)
    return true
  })
  graph.nodes = kept.reverse()
  graph.inputs = graph.inputs.filter(({ value, state }) => !state || live.has(value))
}
