import { countUses, type Graph, type Node } from '../ir/index.ts'

/** Ops that apply a ReLU themselves, and what they are called then. */
const FUSED: Readonly<Record<string, Pick<Node, 'op' | 'domain'>>> = {
  'com.microsoft.nchwc.Conv': { op: 'Conv', domain: 'com.microsoft.nchwc' },
  '.Gemm': { op: 'FusedGemm', domain: 'com.microsoft' },
}

/**
 * Lets onnxruntime's NCHWc convolutions and products of two matrices apply the ReLU that follows, which saves a pass over memory. For lowered graphs of onnxruntime's ops; what was
 * replaced is dead code afterwards.
 */
export function fuseRelu(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    if (node.domain !== '' || node.op !== 'Relu') return node
    const x = node.inputs[0]!
    const before = x.node
    const op = before && FUSED[`${before.domain}.${before.op}`]
    if (op === undefined || before?.attrs.activation !== undefined || uses.get(x) !== 1) return node
    // It moves to the place of the ReLU: its inputs are all computed by then.
    const fused: Node = {
      ...before!,
      ...op,
      attrs: { ...before!.attrs, activation: 'Relu' },
      outputs: node.outputs,
    }
    node.outputs[0]!.node = fused
    return fused
  })
}
