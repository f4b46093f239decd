import { createValue, DTYPES, type Graph, type Node, namedInput } from '../ir/index.ts'

/**
 * Picks elements before they are widened, not after: rows of a table of bytes become numbers a batch at a time, not the whole table in each
 * run. For captured graphs.
 */
export function gatherBeforeCast(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== 'tfjs' || node.op !== 'GatherV2') return [node]
    const at = node.inputNames.indexOf('x')
    const cast = node.inputs[at]?.node
    if (cast?.domain !== 'tfjs' || cast.op !== 'Cast') return [node]
    const narrow = namedInput(cast, 'x')!
    const output = node.outputs[0]!
    if (bytesOf(narrow.dtype) > bytesOf(output.dtype)) return [node]
    const picked = createValue(output.shape, narrow.dtype)
    const gather: Node = {
      ...node,
      inputs: node.inputs.with(at, narrow),
      outputs: [picked],
    }
    picked.node = gather
    const widened: Node = { ...cast, inputs: [picked], outputs: [output], scope: node.scope }
    output.node = widened
    return [gather, widened]
  })
}

function bytesOf(dtype: keyof typeof DTYPES | 'string' | 'complex64'): number {
  return dtype === 'string' || dtype === 'complex64' ? Number.NaN : DTYPES[dtype].bytes
}
