import { type Graph, graphTree } from '../ir/index.ts'

/** Runs a pass on all graphs that nodes hold, innermost first, and then on the graph itself. */
export function everywhere(graph: Graph, ...passes: readonly ((graph: Graph) => void)[]): void {
  for (const pass of passes) for (const each of graphTree(graph)) pass(each)
}
