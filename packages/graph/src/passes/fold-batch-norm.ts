import {
  constant,
  countUses,
  createValue,
  type Graph,
  isConstant,
  type Node,
  namedInput,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/** Convolutions that a batch norm folds into, and their forms with a bias. */
const FOLDS: Readonly<Record<string, string>> = {
  Conv2D: 'FusedConv2D',
  FusedConv2D: 'FusedConv2D',
  DepthwiseConv2dNative: 'FusedDepthwiseConv2D',
  FusedDepthwiseConv2D: 'FusedDepthwiseConv2D',
}

/**
 * Puts a batch norm with constant statistics into the filter and bias of the convolution before it: filter * slope, (bias - mean) * slope + offset, with
 * slope = scale / sqrt(variance + epsilon). The arithmetic is written as kernels on constants, which constant folding computes. For captured
 * graphs.
 */
export function foldBatchNorm(graph: Graph): void {
  const uses = countUses(graph)
  const fused = new Map<Node, readonly Node[]>()
  const gone = new Set<Node>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs' || node.op !== 'FusedBatchNorm') continue
    const x = namedInput(node, 'x')!
    const convolution = x.node
    if (convolution === undefined || uses.get(x) !== 1 || !canFold(convolution, node)) continue
    fused.set(node, foldedNodes(convolution, node))
    gone.add(convolution)
  }
  graph.nodes = graph.nodes.flatMap((node) => (gone.has(node) ? [] : (fused.get(node) ?? [node])))
}

function canFold(convolution: Node, batchNorm: Node): boolean {
  const { activation } = convolution.attrs
  const isLinear = activation === undefined || activation === null || activation === 'linear'
  const hasConstants = ['mean', 'variance', 'scale', 'offset'].every((name) => {
    const value = namedInput(batchNorm, name)
    return value === undefined || (isConstant(value) && value.shape.length === 1)
  })
  const filter = namedInput(convolution, 'filter')
  return (
    FOLDS[convolution.op] !== undefined &&
    isLinear &&
    hasConstants &&
    filter !== undefined &&
    isConstant(filter) &&
    convolution.attrs.dataFormat !== 'NCHW'
  )
}

function foldedNodes(convolution: Node, batchNorm: Node): Node[] {
  const nodes: Node[] = []
  const emit = (op: string, inputs: Record<string, Value>, like: Value, attrs = {}): Value => {
    const output = createValue(like.shape, like.dtype)
    const node: Node = {
      op,
      domain: 'tfjs',
      inputNames: Object.keys(inputs),
      inputs: Object.values(inputs),
      attrs,
      outputs: [output],
      scope: batchNorm.scope,
    }
    output.node = node
    nodes.push(node)
    return output
  }
  const given = (name: string) => namedInput(batchNorm, name)
  const variance = given('variance')!
  const epsilon = constant(
    Float32Array.of(batchNorm.attrs.varianceEpsilon as number),
    [],
    'float32',
  )
  const shifted = emit('Add', { a: variance, b: epsilon }, variance)
  const inverse = emit('Rsqrt', { x: shifted }, variance)
  const scale = given('scale')
  const slope = scale === undefined ? inverse : emit('Multiply', { a: inverse, b: scale }, variance)
  const filter = namedInput(convolution, 'filter')!
  // A depthwise filter ends in [channels, multiplier], which are the output channels in order.
  const isDepthwise = sizeOf(slope.shape) !== filter.shape.at(-1)
  const perFilter = isDepthwise
    ? emit('Reshape', { x: slope }, { ...slope, shape: filter.shape.slice(-2) })
    : slope
  const folded = emit('Multiply', { a: filter, b: perFilter }, filter)
  const mean = given('mean')!
  const bias = namedInput(convolution, 'bias')
  const centred =
    bias === undefined ? emit('Neg', { x: mean }, mean) : emit('Sub', { a: bias, b: mean }, mean)
  const scaled = emit('Multiply', { a: centred, b: slope }, mean)
  const offset = given('offset')
  const shift = offset === undefined ? scaled : emit('Add', { a: scaled, b: offset }, mean)
  const output = batchNorm.outputs[0]!
  const node: Node = {
    op: FOLDS[convolution.op]!,
    domain: 'tfjs',
    inputNames: ['x', 'filter', 'bias'],
    inputs: [namedInput(convolution, 'x')!, folded, shift],
    attrs: { ...convolution.attrs, activation: 'linear' },
    outputs: [output],
    scope: convolution.scope,
  }
  output.node = node
  return [...nodes, node]
}
