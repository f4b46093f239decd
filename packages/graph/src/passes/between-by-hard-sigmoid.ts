import { type Graph, isConstant, type Node, uniformValue, type Value } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { STEEP } from './step-by-hard-sigmoid.ts'

/**
 * Computes the mask of a ReLU6, 1 between zero and a bound and 0 elsewhere, as the step of `(bound - x) * x`: arithmetic of floats, which goes through memory some times faster than two comparisons, what
 * joins them, and its cast. For lowered graphs of training steps: of NaN, and of numbers whose product with the bound is below 2^-126, the mask is as in `stepByHardSigmoid`. The comparisons are dead code
 * afterwards.
 */
export function betweenByHardSigmoid(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    const found = betweenZeroAnd(node)
    if (found === undefined) return [node]
    const { x, bound } = found
    const builder = new OnnxBuilder({ ...graph, nodes: [] })
    builder.scope = node.scope
    const [mask] = node.outputs as [Value]
    const product = builder.mul(builder.sub(bound, x), x)
    const step: Node = {
      ...node,
      op: 'HardSigmoid',
      inputs: [product],
      attrs: { alpha: STEEP, beta: 0 },
    }
    mask.node = step
    return [...builder.graph.nodes, step]
  })
}

/** The operands of `cast(x > 0 and x < bound)`, a positive number. */
function betweenZeroAnd(node: Node): { readonly x: Value; readonly bound: Value } | undefined {
  if (node.op !== 'Cast' || node.domain !== '' || node.outputs[0]!.dtype !== 'float32')
    return undefined
  const both = node.inputs[0]!.node
  if (both?.op !== 'And' || both.domain !== '') return undefined
  const above = comparison(both.inputs[0], 'Greater')
  const below = comparison(both.inputs[1], 'Less')
  if (above === undefined || above.x !== below?.x || above.x.dtype !== 'float32') return undefined
  const isFound = uniformValue(above.bound) === 0 && uniformValue(below.bound)! > 0
  return isFound ? below : undefined
}

/** What is compared with a number. */
function comparison(value: Value | undefined, op: 'Greater' | 'Less') {
  const { node } = value ?? {}
  if (node?.op !== op || node.domain !== '') return undefined
  const [x, bound] = node.inputs as [Value, Value]
  return isConstant(bound) && bound.shape.length === 0 ? { x, bound } : undefined
}
