import { countUses, type Graph, isStatic, type Node, sameDim, type Value } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'

/**
 * Flattening an image behind a convolution and multiplying it by weights needs no transpose: the weights' rows can be in the order in which the image
 * lies. The rows are turned by nodes on constants, which constant folding computes. For lowered graphs.
 */
export function turnFlattenedWeights(graph: Graph): void {
  const uses = countUses(graph)
  const nodes: Node[] = []
  const builder = new OnnxBuilder({ ...graph, nodes })
  for (const node of graph.nodes) {
    const found = node.domain === '' && node.op === 'Gemm' ? flattened(node, uses) : undefined
    if (found !== undefined) {
      builder.scope = node.scope
      const [, weights, ...rest] = node.inputs as [Value, Value, ...Value[]]
      const flat = builder.reshape(found.image, found.flat.shape)
      node.inputs = [flat, turnedRows(builder, weights, found, node.attrs.transB === 1), ...rest]
    }
    nodes.push(node)
  }
  graph.nodes = nodes
}

interface Flattened {
  /** The image as it lies. */
  readonly image: Value
  /** One row of the turned image per sample. */
  readonly flat: Value
  readonly perm: readonly number[]
}

/** What a matrix product is given, when that is a flattened image that was turned for it alone. */
function flattened(
  gemm: Node,
  uses: ReadonlyMap<Value, number>,
): (Flattened & { readonly sizes: readonly number[] }) | undefined {
  const [flat, weights] = gemm.inputs as [Value, Value]
  const reshape = flat.node
  if (gemm.attrs.transA === 1 || reshape?.op !== 'Reshape' || uses.get(flat) !== 1) return undefined
  const turned = reshape.inputs[0]!
  const transpose = turned.node
  if (transpose?.op !== 'Transpose' || uses.get(turned) !== 1) return undefined
  const perm = transpose.attrs.perm as readonly number[]
  const image = transpose.inputs[0]!
  const sizes = image.shape.slice(1)
  const fits =
    weights.node === undefined &&
    weights.data !== undefined &&
    perm[0] === 0 &&
    isStatic(sizes) &&
    flat.shape.length === 2 &&
    sameDim(flat.shape[0]!, image.shape[0]!)
  return fits ? { image, flat, perm, sizes } : undefined
}

/** Weights whose rows are in the order of the turned image, in the order of the image as it lies. */
function turnedRows(
  builder: OnnxBuilder,
  weights: Value,
  { perm, sizes }: { readonly perm: readonly number[]; readonly sizes: readonly number[] },
  areColumns: boolean,
): Value {
  // Axes behind the batch, and where each of them is found among the turned ones.
  const turned = perm.slice(1).map((axis) => sizes[axis - 1]!)
  const back = sizes.map((_, axis) => perm.indexOf(axis + 1) - 1)
  const other = weights.shape[areColumns ? 0 : 1]!
  const split = areColumns ? [other, ...turned] : [...turned, other]
  const order = areColumns ? [0, ...back.map((axis) => axis + 1)] : [...back, sizes.length]
  return builder.reshape(builder.transpose(builder.reshape(weights, split), order), weights.shape)
}
