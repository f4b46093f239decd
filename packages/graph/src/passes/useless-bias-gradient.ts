import { filled, type Graph, isStatic, replaceUses, sameDim, type Value } from '../ir/index.ts'
import { leavesChannels } from '../ops/reduced-axes.ts'

/**
 * A bias in front of a batch norm in training has no effect, since the mean is subtracted: its gradient, the sum of the batch norm's
 * gradient over all rows, is zero. Computing it costs a reduction and gives rounding noise, which Adam would scale up to full steps.
 */
export function dropUselessBiasGradients(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs' || node.op !== 'Sum') continue
    let source = node.inputs[0]!
    while (source.node?.op === 'Reshape' && source.node.domain === 'tfjs')
      source = source.node.inputs[0]!
    if (source.node?.op !== 'FusedBatchNormGrad' || source !== source.node.outputs[0]) continue
    const output = node.outputs[0]!
    const { shape } = node.inputs[0]!
    const hasChannels = sameDim(shape.at(-1) ?? 1, source.shape.at(-1)!)
    if (!hasChannels || !leavesChannels(node.attrs, shape.length) || !isStatic(output.shape))
      continue
    replacements.set(output, filled(0, output.shape, output.dtype))
  }
  replaceUses(graph, replacements)
}
