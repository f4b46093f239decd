import type { Node, Value } from './graph.ts'

/** The nodes that lead to some values. */
export function nodesFor(nodes: readonly Node[], values: readonly Value[]): ReadonlySet<Node> {
  const wanted = new Set(values)
  const found = new Set<Node>()
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue
    found.add(node)
    for (const input of node.inputs) if (input) wanted.add(input)
  }
  return found
}
