import { type Attrs, countUses, type Graph, type Node, uniformValue } from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'

/**
 * Lets onnxruntime's NCHWc convolutions apply the activation that follows, which saves a pass over memory. For lowered graphs; the
 * convolutions that were replaced are dead code afterwards.
 */
export function fuseActivations(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    const activation = activationOf(node)
    const x = node.inputs[0]
    const convolution = x?.node
    const fits =
      activation !== undefined &&
      convolution?.domain === NCHWC &&
      convolution.op === 'Conv' &&
      convolution.attrs.activation === undefined &&
      uses.get(x!) === 1
    if (!fits) return node
    // The convolution moves to the place of the activation: its inputs are all computed by then.
    const fused = {
      ...convolution,
      attrs: { ...convolution.attrs, ...activation },
      outputs: node.outputs,
    }
    node.outputs[0]!.node = fused
    return fused
  })
}

/** The attributes by which a convolution does what the node does; undefined where it cannot. */
function activationOf({ domain, op, inputs, attrs }: Node): Attrs | undefined {
  if (domain !== '') return undefined
  if (op === 'Relu') return { activation: op }
  if (op === 'LeakyRelu') return { activation: op, activation_params: [attrs.alpha as number] }
  if (op !== 'Clip') return undefined
  const bounds = [uniformValue(inputs[1]), uniformValue(inputs[2])]
  return bounds.every((bound) => bound !== undefined)
    ? { activation: op, activation_params: bounds as number[] }
    : undefined
}
