import { isStatic, type Node, namedInput, sameShape, type Value } from '../../ir/index.ts'
import { leavesChannels } from '../../ops/reduced-axes.ts'

/** A convolution, the max pooling behind it, and their derivatives, which nobody else looks into. */
export interface Stem {
  readonly convolution: Node
  readonly relu: Node | undefined
  readonly pool: Node
  readonly gradient: Node
  readonly filterGradient: Node
  /** Sums of the pooling's gradient over all pixels. */
  readonly sums: readonly Node[]
}

/** The stem that a pooling is part of; undefined where it is part of none. */
export function findStem(
  pool: Node,
  readers: ReadonlyMap<Value, readonly Node[]>,
  results: ReadonlySet<Value>,
): Stem | undefined {
  if (pool.domain !== 'tfjs' || pool.op !== 'MaxPool') return undefined
  const activated = namedInput(pool, 'x')!
  const relu = activated.node?.op === 'Relu' ? activated.node : undefined
  const linear = relu === undefined ? activated : relu.inputs[0]!
  const convolution = linear.node
  if (convolution === undefined || !isLinearConvolution(convolution)) return undefined
  if (!isStatic(linear.shape)) return undefined
  const [gradient] = (readers.get(activated) ?? []).filter((node) => node !== pool)
  if (gradient?.op !== 'MaxPoolGrad' || namedInput(gradient, 'output') !== pool.outputs[0])
    return undefined
  const spread = gradient.outputs[0]!
  const isInner =
    (readers.get(activated) ?? []).length === 2 &&
    (relu === undefined || readers.get(linear)!.length === 1) &&
    ![linear, activated, spread].some((value) => results.has(value))
  if (!isInner || (relu !== undefined && !isMasked(gradient, pool))) return undefined
  const users = readers.get(spread) ?? []
  const [filterGradient] = users.filter(
    (user) =>
      user.op === 'Conv2DBackpropFilter' &&
      namedInput(user, 'x') === namedInput(convolution, 'x') &&
      namedInput(user, 'dy') === spread &&
      sameShape(user.outputs[0]!.shape, namedInput(convolution, 'filter')!.shape),
  )
  const sums = users.filter(
    (user) => user.op === 'Sum' && leavesChannels(user.attrs, spread.shape.length),
  )
  if (filterGradient === undefined || sums.length + 1 !== users.length) return undefined
  return { convolution, relu, pool, gradient, filterGradient, sums }
}

function isLinearConvolution(node: Node): boolean {
  const { activation, dataFormat } = node.attrs
  return (
    node.domain === 'tfjs' &&
    (node.op === 'Conv2D' || node.op === 'FusedConv2D') &&
    (activation === undefined || activation === 'linear') &&
    dataFormat !== 'NCHW'
  )
}

/** Whether the gradient is zero wherever the pooling's output is: what equals a maximum of zero then makes no difference. */
function isMasked(gradient: Node, pool: Node): boolean {
  const product = namedInput(gradient, 'dy')!.node
  if (product?.op !== 'Multiply') return false
  return product.inputs.some(
    (factor) =>
      factor?.node?.op === 'Step' &&
      !factor.node.attrs.alpha &&
      factor.node.inputs[0] === pool.outputs[0],
  )
}
