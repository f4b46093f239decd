import type { OnnxGraph, OnnxNode } from '../file/graph.ts'
import { gelusAround } from './recognise-gelu.ts'
import { layerNormsOf } from './recognise-layer-norm.ts'
import { wrapsAround } from './recognise-wrap.ts'
import type { Found } from './region.ts'
import { type Wiring, wiringOf } from './wiring.ts'

/** What may be around a node of an op, what reaches farthest first. */
const SEARCHES: Readonly<
  Record<string, (node: OnnxNode, wiring: Wiring) => Generator<Found, void>>
> = { Erf: gelusAround, Tanh: gelusAround, ReduceMean: layerNormsOf, Mod: wrapsAround }

/**
 * Writes down what exporters spell out as the operators that they mean: `x / 2 * (1 + erf(x / √2))` is Gelu, a mean taken off and a division by the deviation LayerNormalization. Those are computed with
 * the closed forms of their derivatives, in fewer passes over memory, and by one op in exported files. What nodes mean is told by the numbers that they give, so that it does not matter how they are spelled.
 *
 * @param outputs of the nodes: they stay what they are.
 * @returns the nodes in their order, and of those that are new which nodes they stand for.
 */
export function recognise(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
): { readonly nodes: OnnxNode[]; readonly parts: ReadonlyMap<OnnxNode, readonly OnnxNode[]> } {
  const wiring = wiringOf(graph, nodes)
  const parts = new Map<OnnxNode, readonly OnnxNode[]>()
  const standIns = new Map<OnnxNode, OnnxNode>()
  const gone = new Set<OnnxNode>()
  for (const node of nodes) {
    const search = node.domain === '' ? SEARCHES[node.op] : undefined
    if (search === undefined || gone.has(node)) continue
    for (const found of search(node, wiring)) {
      if (found.parts.some((each) => gone.has(each)) || !isClosed(found, wiring, outputs)) continue
      for (const each of found.parts) gone.add(each)
      parts.set(found.node, found.parts)
      standIns.set(found.parts.at(-1)!, found.node)
      break
    }
  }
  const kept = nodes.flatMap((node) => {
    const standIn = standIns.get(node)
    if (standIn !== undefined) return [standIn]
    return gone.has(node) ? [] : [node]
  })
  return { nodes: kept, parts }
}

/** Whether nobody outside takes what is computed on the way. */
function isClosed({ parts }: Found, { users }: Wiring, outputs: readonly string[]): boolean {
  return parts
    .slice(0, -1)
    .every((part) =>
      part.outputs.every(
        (name) =>
          !outputs.includes(name) && (users.get(name) ?? []).every((user) => parts.includes(user)),
      ),
    )
}
