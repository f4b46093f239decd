import { type Graph, isConstant, type Node, subgraphsOf, type Value } from '../ir/index.ts'

/**
 * Gives every value of a graph a unique, readable name: inputs and outputs keep theirs, a layer's output gets the layer's path, other
 * values the path of the layer and the op that computes them. So do those of the graphs that nodes hold.
 */
export function nameValues(graph: Graph): Map<Value, string> {
  const names = new Map<Value, string>()
  const taken = new Set<string>()
  /** What comes next where a name was wanted before, so that a thousand of one kind are not counted through for each. */
  const counts = new Map<string, number>()
  const give = (value: Value, wanted: string) => {
    if (names.has(value)) return
    let name = wanted
    if (taken.has(wanted)) {
      let count = counts.get(wanted) ?? 2
      while (taken.has(`${wanted}_${count}`)) count++
      name = `${wanted}_${count}`
      counts.set(wanted, count + 1)
    }
    taken.add(name)
    names.set(value, name)
  }
  for (const { name, value } of graph.inputs) give(value, name)
  for (const output of graph.outputs) give(output.value, outputName(output))
  const nameNodes = (nodes: readonly Node[]) => {
    for (const node of nodes) {
      const path = node.scope === '' ? '' : `${node.scope}/`
      for (const output of node.outputs) give(output, output.name ?? `${path}${node.op}`)
      for (const [index, input] of node.inputs.entries()) {
        if (input && isConstant(input)) give(input, input.name ?? `${path}${node.op}.${index}`)
      }
      for (const inner of subgraphsOf(node)) {
        // Inner graphs see the names of the graph around them.
        for (const { name, value, from } of inner.inputs) {
          if (from === undefined) give(value, `${path}${node.op}.${name}`)
          else names.set(value, names.get(node.inputs[from]!)!)
        }
        nameNodes(inner.nodes)
      }
    }
  }
  nameNodes(graph.nodes)
  return names
}

/** The name of a graph output in an ONNX file: a variable's next value is told from its current one. */
export function outputName(output: { readonly name: string; readonly state: boolean }): string {
  return output.state ? `next.${output.name}` : output.name
}

/** The name of a node in an ONNX file. */
export function nodeName({ op, scope }: Node, index: number): string {
  return `${scope === '' ? '' : `${scope}/`}${op}_${index}`
}
