import { countUses, type Graph, type Node, uniformValue, type Value } from '../ir/index.ts'
import { STEEP } from '../lower/steep.ts'

/**
 * Computes the mask of a ReLU, 1 above zero and 0 elsewhere, as HardSigmoid of a huge slope: a pass over memory, where rounding up what is cut off takes two. For lowered graphs of training steps: of numbers
 * below 2^-126, which nothing trains by, the mask is a fraction, and of NaN it may be any number: what made it is NaN already.
 */
export function stepByHardSigmoid(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    const [mask] = node.outputs as [Value]
    const x = uses.get(node.inputs[0]!) === 1 ? aboveZero(node) : undefined
    if (x?.dtype !== 'float32') return node
    const fused: Node = {
      ...node,
      op: 'HardSigmoid',
      inputs: [x],
      attrs: { alpha: STEEP, beta: 0 },
    }
    mask.node = fused
    return fused
  })
}

/** The x of `ceil(clip(x, 0, 1))`. */
function aboveZero({ op, domain, inputs }: Node): Value | undefined {
  const clip = op === 'Ceil' && domain === '' ? inputs[0]!.node : undefined
  if (clip?.op !== 'Clip' || clip.domain !== '') return undefined
  const [x, low, high] = clip.inputs
  return uniformValue(low) === 0 && uniformValue(high) === 1 ? x : undefined
}
