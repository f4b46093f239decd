import { createValue, type Graph, isConstant, type Value } from '../ir/index.ts'

/**
 * Gives each graph output a value of its own that a node computes: ONNX has no way to say that an output is an input, a constant or
 * another output. Such outputs get an Identity. For lowered graphs.
 */
export function separateOutputs(graph: Graph): void {
  const taken = new Set<Value>(graph.inputs.map(({ value }) => value))
  for (const output of graph.outputs) {
    const { value } = output
    if (!taken.has(value) && !isConstant(value)) {
      taken.add(value)
      continue
    }
    const copy = createValue(value.shape, value.dtype)
    copy.node = {
      op: 'Identity',
      domain: '',
      inputNames: [],
      inputs: [value],
      attrs: {},
      outputs: [copy],
      scope: '',
    }
    graph.nodes.push(copy.node)
    output.value = copy
  }
}
