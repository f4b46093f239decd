import { type Graph, isConstant, type Node, uniformValue, type Value } from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { STEEP } from '../lower/steep.ts'

/**
 * Computes the mask of a ReLU6, 1 between zero and a bound and 0 elsewhere, as the step of `(bound - x) * x`: arithmetic of floats, which goes through memory some times faster than two comparisons, what
 * joins them, and its cast; in blocks of channels, where a convolution adds, in two passes over memory. For lowered graphs of training steps: of numbers whose product with the bound is below 2^-126 the mask is a
 * fraction, and in blocks of channels 0 or 1 of numbers below 2^-126, whatever the bound. Only of what was cut off at these bounds before: there NaN is in the loss already, of anything else the mask may be what keeps it out. The comparisons are dead code
 * afterwards.
 */
export function betweenByHardSigmoid(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    const found = betweenZeroAnd(node)
    if (found === undefined) return [node]
    const { x, bound } = found
    const builder = new OnnxBuilder({ ...graph, nodes: [] })
    builder.scope = node.scope
    builder.origin = node.origin
    const [mask] = node.outputs as [Value]
    const step: Node = {
      ...node,
      ...(isInBlocks(x) ? inBlocks(builder, x, bound) : ofProduct(builder, x, bound)),
    }
    mask.node = step
    return [...builder.graph.nodes, step]
  })
}

type Step = Pick<Node, 'op' | 'domain' | 'inputs' | 'attrs'>

function ofProduct(builder: OnnxBuilder, x: Value, bound: Value): Step {
  const product = builder.mul(builder.sub(bound, x), x)
  return { op: 'HardSigmoid', domain: '', inputs: [product], attrs: { alpha: STEEP, beta: 0 } }
}

/** 1 where `x` is zero is added to what is negative below the bound: above zero the sum is negative between them alone. */
function inBlocks(builder: OnnxBuilder, x: Value, bound: Value): Step {
  const channels = x.shape[1] as number
  const most = uniformValue(bound)!
  // A power of two, so that the difference to the bound is exact; less than 1 at zero.
  const slope = 2 ** Math.floor(Math.log2(0.75 / most))
  const isZero = builder.node('HardSigmoid', [x], { alpha: -STEEP, beta: 1 }, x)
  const weights = builder.tensor(Array<number>(channels).fill(slope), [channels, 1, 1, 1])
  const shift = builder.tensor(Array<number>(channels).fill(-slope * most), [channels])
  return {
    op: 'Conv',
    domain: NCHWC,
    inputs: [x, weights, shift, isZero],
    attrs: {
      ...{ kernel_shape: [1, 1], group: channels },
      ...{ activation: 'HardSigmoid', activation_params: [-STEEP, 0] },
    },
  }
}

/** Whether an image is what a convolution in blocks gave. */
function isInBlocks({ node }: Value): boolean {
  return node?.op === 'Conv' && node.domain === NCHWC
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
  const most = uniformValue(below.bound)!
  const isFound = uniformValue(above.bound) === 0 && most > 0 && isClipped(above.x, most)
  return isFound ? below : undefined
}

/** Ops that only lay out otherwise what they are given. */
const LAYOUTS: ReadonlySet<string> = new Set([
  ...['Reshape', 'Transpose', 'ReorderInput', 'ReorderOutput'],
])

/** Whether a value comes of one that is cut off at zero and at a bound. */
function isClipped({ node }: Value, bound: number): boolean {
  if (node === undefined) return false
  if (LAYOUTS.has(node.op)) return isClipped(node.inputs[0]!, bound)
  const { activation, activation_params: given } = node.attrs
  const bounds =
    node.op === 'Clip'
      ? [uniformValue(node.inputs[1]), uniformValue(node.inputs[2])]
      : activation === 'Clip'
        ? (given as readonly number[])
        : []
  return bounds[0] === 0 && bounds[1] === bound
}

/** What is compared with a number. */
function comparison(value: Value | undefined, op: 'Greater' | 'Less') {
  const { node } = value ?? {}
  if (node?.op !== op || node.domain !== '') return undefined
  const [x, bound] = node.inputs as [Value, Value]
  return isConstant(bound) && bound.shape.length === 0 ? { x, bound } : undefined
}
