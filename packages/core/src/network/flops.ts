import { type Graph, multiplyAdds } from '@ashlar/graph'

/**
 * Floating point operations of a captured forward pass, by the path of the layer that does them.
 *
 * Counted as is usual for networks: the multiplications and additions of convolutions and matrix products, each
 * multiply-add as two. Everything else is small beside them and not counted.
 */
export function countFlops(graph: Graph): Map<string, number> {
  const counted = new Map<string, number>()
  for (const node of graph.nodes) {
    const count = multiplyAdds(node)
    if (count !== undefined) counted.set(node.scope, (counted.get(node.scope) ?? 0) + 2 * count)
  }
  return counted
}
