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

/** The graphs that a node holds. */
export function subgraphsOf(node: Node): readonly Graph[] {
  return Object.values(node.attrs).filter(isGraph)
}

/** A graph and all graphs within it, innermost first. */
export function graphTree(graph: Graph): readonly Graph[] {
  return [...graph.nodes.flatMap((node) => subgraphsOf(node).flatMap(graphTree)), graph]
}

/** All nodes of a graph and of the graphs within it. */
export function allNodes(graph: Graph): readonly Node[] {
  return graphTree(graph).flatMap(({ nodes }) => nodes)
}
