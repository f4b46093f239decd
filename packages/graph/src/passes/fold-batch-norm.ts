import {
  constant,
  countUses,
  emitter,
  type Graph,
  isStatic,
  type Node,
  namedInput,
  sizeOf,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import {
  type Affine,
  absorb,
  fixedValues,
  type LinearSource,
  linearSource,
} from './linear-kernels.ts'

/**
 * Puts a batch norm with constant statistics into the weights and bias of the convolution or matrix product before it: weights * slope and
 * bias * slope + (offset - mean * slope), with slope = scale / sqrt(variance + epsilon). For captured graphs.
 */
export function foldBatchNorm(graph: Graph): void {
  const isFixed = fixedValues(graph)
  foldWhere(graph, isFixed, (_, statistics) => statistics.every(isFixed))
}

/**
 * The same with numbers that a run computes, where the weights are fewer than what the batch norm would go over: in an evaluation, and in a training step
 * whose statistics are known before the convolution (see window-moments.ts).
 */
export function scaleFilters(graph: Graph): void {
  foldWhere(
    graph,
    () => true,
    ({ node }) => {
      const { shape } = node.outputs[0]!
      const [, ...weights] = node.inputs
      const isSmaller = (each: Value | undefined) =>
        each !== undefined && Number(sizeOf(each.shape)) < Number(sizeOf(shape))
      return isStatic(shape) && weights.every(isSmaller)
    },
  )
}

/**
 * @param isFixed which weights may be folded into.
 * @param pays whether to fold, given the kernel before the batch norm and the batch norm's vectors.
 */
function foldWhere(
  graph: Graph,
  isFixed: (value: Value) => boolean,
  pays: (source: LinearSource, statistics: readonly Value[]) => boolean,
): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== 'tfjs' || node.op !== 'FusedBatchNorm') return [node]
    const statistics = ['mean', 'variance', 'scale', 'offset'].flatMap(
      (name) => namedInput(node, name) ?? [],
    )
    if (!statistics.every(({ shape }) => shape.length === 1)) return [node]
    const source = linearSource(namedInput(node, 'x')!, uses, isFixed)
    if (source === undefined || !pays(source, statistics)) return [node]
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
  if (offset !== undefined && uniformValue(mean) === 0) return { slope, shift: offset }
  const centre = emit('Multiply', { a: mean, b: slope }, shape)
  const shift =
    offset === undefined
      ? emit('Neg', { x: centre }, shape)
      : emit('Sub', { a: offset, b: centre }, shape)
  return { slope, shift }
}
