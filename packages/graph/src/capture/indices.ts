import type { Graph, Node, Value } from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'

/**
 * How many things each input of a captured graph picks from, where its numbers are used as indices, by name. On the way
 * to their use they may be cast and reshaped.
 */
export function indexedSizes(graph: Graph): ReadonlyMap<string, number> {
  const origins = new Map<Value, string>(graph.inputs.map(({ name, value }) => [value, name]))
  const sizes = new Map<string, number>()
  for (const node of graph.nodes) {
    const indexed = findKernel(node.op)?.indexed
    const place = indexed === undefined ? -1 : node.inputNames.indexOf(indexed.input)
    const origin = place < 0 ? undefined : origins.get(node.inputs[place]!)
    const size = origin === undefined ? undefined : sizeOf(node, indexed!.size)
    if (size !== undefined) sizes.set(origin!, Math.min(size, sizes.get(origin!) ?? size))
    const [x] = node.inputs
    const passed = x && findKernel(node.op)?.isView ? origins.get(x) : undefined
    if (passed !== undefined) origins.set(node.outputs[0]!, passed)
  }
  return sizes
}

function sizeOf(
  node: Node,
  size: (inputs: Readonly<Record<string, Value>>, attrs: Node['attrs']) => unknown,
): number | undefined {
  const named = Object.fromEntries(node.inputNames.map((name, at) => [name, node.inputs[at]!]))
  const found = size(named, node.attrs)
  return typeof found === 'number' ? found : undefined
}
