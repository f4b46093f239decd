import { beforeReshapes, type Graph, isKernel, namedInput, type Value } from '../ir/index.ts'

/**
 * Marks sums by segments whose numbers are known to be right: those by which rows of a table of as many were picked, as the derivative of an embedding has them. Picking has refused what lies
 * outside, so the sum need not look at each number, nor keep a row for what is outside, which costs a copy of the whole table. For captured graphs.
 */
export function markKnownSegments(graph: Graph): void {
  const sizes = new Map<Value, Set<unknown>>()
  for (const node of graph.nodes) {
    if (!isKernel(node, 'GatherV2')) continue
    const picked = beforeReshapes(namedInput(node, 'indices')!)
    const size = namedInput(node, 'x')!.shape.at(node.attrs.axis as number)
    if (!sizes.has(picked)) sizes.set(picked, new Set())
    sizes.get(picked)!.add(size)
  }
  graph.nodes = graph.nodes.map((node) => {
    if (!isKernel(node, 'UnsortedSegmentSum')) return node
    const known = sizes.get(beforeReshapes(namedInput(node, 'segmentIds')!))
    if (!known?.has(node.attrs.numSegments)) return node
    const marked = { ...node, attrs: { ...node.attrs, areKnown: true } }
    for (const output of marked.outputs) output.node = marked
    return marked
  })
}
