import type { Graph, Value } from '../ir/index.ts'

/** Makes constants of the same number, shape and type one: a file has the numbers of each. For lowered graphs. */
export function shareFills(graph: Graph): void {
  const known = new Map<string, Value>()
  const shared = (value: Value | undefined) => {
    if (value?.fill === undefined) return value
    // Minus zero is another number, and text has none.
    const number = Object.is(value.fill, -0) ? '-0' : value.fill
    const key = `${value.dtype} ${value.shape} ${number}`
    const first = known.get(key)
    if (first === undefined) known.set(key, value)
    return first ?? value
  }
  for (const node of graph.nodes) node.inputs = node.inputs.map(shared)
}
