import type { Graph, Value } from '../ir/index.ts'

/** Removes nodes whose outputs nobody reads, and data inputs that nobody needs stay: they are the graph's signature. */
export function removeDeadCode(graph: Graph): void {
  const live = new Set<Value>(graph.outputs.map(({ value }) => value))
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => live.has(output))) return false
    for (const input of node.inputs) if (input) live.add(input)
    return true
  })
  graph.nodes = kept.reverse()
  // A variable that is assigned but never read any more is still state; one that is neither is gone.
  const assigned = new Set(graph.outputs.filter(({ state }) => state).map(({ name }) => name))
  graph.inputs = graph.inputs.filter(
    ({ name, value, state }) => !state || live.has(value) || assigned.has(name),
  )
}
