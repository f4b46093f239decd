import type { AttrValue, Graph, Node } from './graph.ts'

/*
 * Graphs within a graph: the branches of an If, the body of a Loop. Each is an attribute of the node that holds it, and closed: what it reads of the
 * graph around it comes in as an input whose `from` says which input of the node that is. So every pass sees ordinary graphs, and a value's users are
 * all among the nodes of its own graph. Only the writer knows that ONNX lets inner graphs see outer names. Constants belong to no graph.
 */

/** Whether an attribute is a graph. */
export function isGraph(value: AttrValue): value is Graph {
  return typeof value === 'object' && value !== null && 'nodes' in value && 'outputs' in value
}

const NONE: readonly Graph[] = []

/** The graphs that a node holds. */
export function subgraphsOf({ attrs }: Node): readonly Graph[] {
  // All passes ask this of all nodes, nearly all of which hold none.
  let graphs: Graph[] | undefined
  for (const name in attrs) {
    const value = attrs[name]
    if (typeof value !== 'object' || !isGraph(value)) continue
    graphs ??= []
    graphs.push(value)
  }
  return graphs ?? NONE
}

/** A graph and all graphs within it, innermost first. */
export function graphTree(graph: Graph): readonly Graph[] {
  const tree: Graph[] = []
  for (const node of graph.nodes) {
    for (const inner of subgraphsOf(node)) tree.push(...graphTree(inner))
  }
  tree.push(graph)
  return tree
}

/** All nodes of a graph and of the graphs within it. */
export function allNodes(graph: Graph): readonly Node[] {
  return graphTree(graph).flatMap(({ nodes }) => nodes)
}
