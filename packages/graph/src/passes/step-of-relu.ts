import type { Graph, Value } from '../ir/index.ts'

/**
 * step(x) equals step(relu(x)): reading the output of the ReLU instead leaves its input without a second reader, so that it can be fused
 * away, and so that nothing but the output has to stay in memory for the gradient.
 */
export function stepOfRelu(graph: Graph): void {
  const activated = new Map<Value, Value>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs') continue
    if (node.op === 'Relu') activated.set(node.inputs[0]!, node.outputs[0]!)
    if (node.op !== 'Step' || node.attrs.alpha) continue
    // NaN stays NaN through both.
    node.inputs[0] = activated.get(node.inputs[0]!) ?? node.inputs[0]
  }
}
