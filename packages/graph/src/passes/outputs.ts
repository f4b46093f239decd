import { createValue, type Graph, isConstant, type Value } from '../ir/index.ts'

/**
 * Gives each graph output a value of its own that a node computes: ONNX has no way to say that an output is an input, a constant or
 * another output. Such outputs get an Identity. So does one that a Transpose computes and a node reads, too: onnxruntime lets products take what was to be transposed, and in the body of a loop takes the Transpose away
 although it is an output, which then is whatever the memory held. For lowered graphs.
 */
export function separateOutputs(graph: Graph): void {
  const taken = new Set<Value>(graph.inputs.map(({ value }) => value))
  for (const { inputs } of graph.nodes) {
    for (const input of inputs) if (input?.node?.op === 'Transpose') taken.add(input)
  }
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
