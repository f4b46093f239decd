import { type Attrs, countUses, type Graph, type Node, uniformValue } from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'

/** What applies an activation itself. */
interface Fused extends Pick<Node, 'op' | 'domain'> {
  /** Whether it takes bounds and slopes too. FusedGemm does, and computes those some times slower than ops of their own do. */
  readonly takesNumbers: boolean
}

const FUSED: Readonly<Record<string, Fused>> = {
  [`${NCHWC}.Conv`]: { op: 'Conv', domain: NCHWC, takesNumbers: true },
  '.Gemm': { op: 'FusedGemm', domain: 'com.microsoft', takesNumbers: false },
}

/** Functions of x alone. */
const PLAIN: ReadonlySet<string> = new Set(['Relu', 'Sigmoid', 'Tanh'])

/**
 * Lets onnxruntime's NCHWc convolutions and products of two matrices apply the activation that follows, which saves a pass over memory. For lowered graphs of onnxruntime's ops; what was
 * replaced is dead code afterwards.
 */
export function fuseActivations(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    const activation = activationOf(node)
    const x = node.inputs[0]
    const before = x?.node
    const op = before && FUSED[`${before.domain}.${before.op}`]
    if (activation === undefined || op === undefined) return node
    if (before!.attrs.activation !== undefined || uses.get(x!) !== 1) return node
    if (activation.activation_params !== undefined && !op.takesNumbers) return node
    if (x!.dtype !== 'float32') return node
    // It moves to the place of the activation: its inputs are all computed by then.
    const fused: Node = {
      ...before!,
      op: op.op,
      domain: op.domain,
      attrs: { ...before!.attrs, ...activation },
      outputs: node.outputs,
    }
    node.outputs[0]!.node = fused
    return fused
  })
}

/** The attributes by which a convolution does what the node does; undefined where it cannot. */
function activationOf({ domain, op, inputs, attrs }: Node): Attrs | undefined {
  if (domain !== '') return undefined
  if (PLAIN.has(op)) return { activation: op }
  if (op === 'LeakyRelu') return { activation: op, activation_params: [attrs.alpha as number] }
  if (op === 'HardSigmoid')
    return { activation: op, activation_params: [attrs.alpha as number, attrs.beta as number] }
  if (op !== 'Clip') return undefined
  const bounds = [uniformValue(inputs[1]), uniformValue(inputs[2])]
  return bounds.every((bound) => bound !== undefined)
    ? { activation: op, activation_params: bounds as number[] }
    : undefined
}
