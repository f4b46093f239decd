import { countUses, type Graph } from '../ir/index.ts'

/**
 * Lets onnxruntime's NCHWc convolutions apply the ReLU that follows, which saves a pass over memory. For lowered graphs; the
 * convolutions that were replaced are dead code afterwards.
 */
export function fuseRelu(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    if (node.domain !== '' || node.op !== 'Relu') return node
    const x = node.inputs[0]!
    const convolution = x.node
    const fits =
      convolution?.domain === 'com.microsoft.nchwc' &&
      convolution.op === 'Conv' &&
      convolution.attrs.activation === undefined &&
      uses.get(x) === 1
    if (!fits) return node
    // The convolution moves to the place of the ReLU: its inputs are all computed by then.
    const fused = {
      ...convolution,
      attrs: { ...convolution.attrs, activation: 'Relu' },
      outputs: node.outputs,
    }
    node.outputs[0]!.node = fused
    return fused
  })
}
