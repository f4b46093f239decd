import type { Graph } from '../../src/ir/index.ts'

/** Counts how often somebody looks at what a graph's nodes take: what a pass costs, on whatever machine. */
export function countReads(graph: Graph): () => number {
  let reads = 0
  for (const node of graph.nodes) {
    let { inputs } = node
    Object.defineProperty(node, 'inputs', {
      enumerable: true,
      get: () => {
        reads++
        return inputs
      },
      set: (value) => {
        inputs = value
      },
    })
  }
  return () => reads
}
