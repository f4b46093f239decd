import {
  type Emit,
  emitter,
  filled,
  type Graph,
  isConstant,
  type Node,
  namedInput,
  sameDim,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { isChannelsFirst } from '../lower/data-format.ts'
import { findKernel } from '../ops/registry.ts'

/** A kernel whose result is linear in its weights, channel by channel of the last axis. */
interface LinearKernel {
  /** The same with a bias. */
  readonly fused: string
  /** Name of the input that holds the weights. */
  readonly weights: string
}

const LINEAR: Readonly<Record<string, LinearKernel>> = {
  Conv2D: { fused: 'FusedConv2D', weights: 'filter' },
  FusedConv2D: { fused: 'FusedConv2D', weights: 'filter' },
  DepthwiseConv2dNative: { fused: 'FusedDepthwiseConv2D', weights: 'filter' },
  FusedDepthwiseConv2D: { fused: 'FusedDepthwiseConv2D', weights: 'filter' },
  BatchMatMul: { fused: '_FusedMatMul', weights: 'b' },
  _FusedMatMul: { fused: '_FusedMatMul', weights: 'b' },
}

/** What comes after a linear kernel: x * slope + shift, both vectors of one number per channel. */
export interface Affine {
  readonly slope?: Value | undefined
  readonly shift?: Value | undefined
}

/** A linear kernel, and whether its result reaches its user through reshapes that keep the channels. */
export interface LinearSource {
  readonly node: Node
  readonly isReshaped: boolean
}

/**
 * The linear kernel that computes `x` for a single user, if its weights are known before the run.
 *
 * @param uses see `countUses`.
 * @param isFixed whether a value follows from constants alone.
 */
export function linearSource(
  x: Value,
  uses: ReadonlyMap<Value, number>,
  isFixed: (value: Value) => boolean,
): LinearSource | undefined {
  let value = x
  let isReshaped = false
  for (;;) {
    const { node } = value
    if (node === undefined || node.domain !== 'tfjs' || uses.get(value) !== 1) return undefined
    if (node.op !== 'Reshape') return isFoldable(node, isFixed) ? { node, isReshaped } : undefined
    const before = node.inputs[0]!
    if (!sameDim(before.shape.at(-1) ?? 1, value.shape.at(-1) ?? 1)) return undefined
    value = before
    isReshaped = true
  }
}

function isFoldable(node: Node, isFixed: (value: Value) => boolean): boolean {
  const kernel = LINEAR[node.op]
  if (kernel === undefined || isChannelsFirst(node.attrs)) return false
  const { activation } = node.attrs
  const isLinear = activation === undefined || activation === null || activation === 'linear'
  const weights = namedInput(node, kernel.weights)
  const bias = namedInput(node, 'bias')
  return (
    isLinear &&
    findKernel(kernel.fused) !== undefined &&
    weights !== undefined &&
    isFixed(weights) &&
    (bias === undefined || (isFixed(bias) && bias.shape.length === 1))
  )
}

/** Tells values that follow from constants alone, also those that are made later. */
export function fixedValues(graph: Graph): (value: Value) => boolean {
  const known = new Map<Value, boolean>()
  const isFixed = (value: Value): boolean => {
    const answer = known.get(value)
    if (answer !== undefined) return answer
    const { node } = value
    const isPlain = node !== undefined && node.domain === 'tfjs' && node.inputs.length > 0
    const fixed =
      isConstant(value) || (isPlain && node.inputs.every((input) => input && isFixed(input)))
    known.set(value, fixed)
    return fixed
  }
  // In the order of the graph, so that no chain is followed deeper than by one.
  for (const { outputs } of graph.nodes) for (const output of outputs) isFixed(output)
  return isFixed
}

/**
 * A linear kernel with what comes after it put into its weights and bias: the arithmetic is kernels on constants, which constant folding computes.
 *
 * @param output of the last node; what it computed before is dead.
 */
export function absorb(
  { node: linear, isReshaped }: LinearSource,
  { slope, shift }: Affine,
  output: Value,
  scope: string,
): Node[] {
  const nodes: Node[] = []
  const emit = emitter(nodes, scope)
  const { fused, weights: name } = LINEAR[linear.op]!
  let weights = namedInput(linear, name)!
  let bias = namedInput(linear, 'bias')
  if (slope !== undefined) {
    weights = emit(
      'Multiply',
      { a: weights, b: perWeight(emit, linear, weights, slope) },
      weights.shape,
    )
    if (bias !== undefined) bias = emit('Multiply', { a: bias, b: slope }, slope.shape)
  }
  if (shift !== undefined) {
    bias = bias === undefined ? shift : emit('Add', { a: bias, b: shift }, shift.shape)
  }
  const kept = linear.inputNames.flatMap((each, index): [string, Value][] =>
    each === 'bias' ? [] : [[each, each === name ? weights : linear.inputs[index]!]],
  )
  const inputs = Object.fromEntries(bias === undefined ? kept : [...kept, ['bias', bias]])
  const attrs = { ...linear.attrs, activation: 'linear' }
  const shape = linear.outputs[0]!.shape
  const result = emitter(nodes, linear.scope)(fused, inputs, shape, attrs)
  if (isReshaped) emit('Reshape', { x: result }, output.shape, { shape: output.shape })
  const last = nodes.at(-1)!
  last.outputs[0] = output
  output.node = last
  return nodes
}

/** A number per channel in the shape in which it multiplies the weights. */
function perWeight(emit: Emit, linear: Node, weights: Value, slope: Value): Value {
  if (linear.attrs.transposeB === true) {
    const column = [...slope.shape, 1]
    return emit('Reshape', { x: slope }, column, { shape: column })
  }
  // A depthwise filter ends in [channels, multiplier], which are the output channels in order.
  const isDepthwise = sizeOf(slope.shape) !== weights.shape.at(-1)
  if (!isDepthwise) return slope
  const shape = weights.shape.slice(-2)
  return emit('Reshape', { x: slope }, shape, { shape })
}

/** A constant that is the same at every place but for its channel, as one number per channel; undefined for others. */
export function channelVector(value: Value, channels: number, emit: Emit): Value | undefined {
  const last = value.shape.at(-1) ?? 1
  if (!value.shape.slice(0, -1).every((size) => size === 1)) return undefined
  if (last === channels) {
    if (value.shape.length === 1) return value
    return emit('Reshape', { x: value }, [channels], { shape: [channels] })
  }
  if (last !== 1) return undefined
  const one = emit('Reshape', { x: value }, [1], { shape: [1] })
  return emit('Multiply', { a: filled(1, [channels], 'float32'), b: one }, [channels])
}
