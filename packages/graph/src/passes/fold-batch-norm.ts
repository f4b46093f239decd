import { constant, countUses, type Graph, type Node, namedInput, type Value } from '../ir/index.ts'
import { type Affine, absorb, emitter, fixedValues, linearSource } from './linear-kernels.ts'

/**
 * Puts a batch norm with constant statistics into the weights and bias of the convolution or matrix product before it: weights * slope and
 * bias * slope + (offset - mean * slope), with slope = scale / sqrt(variance + epsilon). For captured graphs.
 */
export function foldBatchNorm(graph: Graph): void {
  const uses = countUses(graph)
  const isFixed = fixedValues(graph)
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== 'tfjs' || node.op !== 'FusedBatchNorm') return [node]
    const known = ['mean', 'variance', 'scale', 'offset'].every((name) => {
      const value = namedInput(node, name)
      return value === undefined || (isFixed(value) && value.shape.length === 1)
    })
    const source = known ? linearSource(namedInput(node, 'x')!, uses, isFixed) : undefined
    if (source === undefined) return [node]
    const nodes: Node[] = []
    const affine = affineOf(node, nodes)
    return [...nodes, ...absorb(source, affine, node.outputs[0]!, node.scope)]
  })
}

function affineOf(batchNorm: Node, nodes: Node[]): Affine {
  const emit = emitter(nodes, batchNorm.scope)
  const given = (name: string) => namedInput(batchNorm, name)
  const [mean, variance] = [given('mean') as Value, given('variance') as Value]
  const { shape } = variance
  const { varianceEpsilon } = batchNorm.attrs
  const epsilon = constant(Float32Array.of(varianceEpsilon as number), [], 'float32')
  const inverse = emit('Rsqrt', { x: emit('Add', { a: variance, b: epsilon }, shape) }, shape)
  const [scale, offset] = [given('scale'), given('offset')]
  const slope = scale === undefined ? inverse : emit('Multiply', { a: inverse, b: scale }, shape)
  const centre = emit('Multiply', { a: mean, b: slope }, shape)
  const shift =
    offset === undefined
      ? emit('Neg', { x: centre }, shape)
      : emit('Sub', { a: offset, b: centre }, shape)
  return { slope, shift }
}
