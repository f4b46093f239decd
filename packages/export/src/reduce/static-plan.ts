import {
  dimsOf,
  intOf,
  isPlainGemm,
  isStandard,
  layerOf,
  type ModelProto,
  type NodeProto,
  readersOf,
  subgraphsOf,
  type TensorProto,
  TYPE,
} from './proto.ts'

/** A node whose weights become int8, and where they stand. */
export interface WeightNode {
  readonly node: NodeProto
  readonly weights: TensorProto
  readonly bias: TensorProto | undefined
  /** The axis of the weights that has the outputs; undefined where all share a scale. */
  readonly axis: number | undefined
}

/** What of a model becomes int8. */
export interface StaticPlan {
  readonly weightNodes: ReadonlyMap<NodeProto, WeightNode>
  /** Values that are rounded to bytes. */
  readonly values: ReadonlySet<string>
  /** Values that have the scale of another one: a pooling of its numbers, or another order of them. */
  readonly sameAs: ReadonlyMap<string, string>
}

/** Operators that hand numbers on as they are. */
const HANDING_ON: ReadonlySet<string> = new Set([
  ...['MaxPool', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Slice'],
  ...['DepthToSpace', 'SpaceToDepth'],
])
/** Operators that are computed on bytes where what they take is bytes. */
const FOLLOWING: ReadonlySet<string> = new Set([
  'Add',
  'Concat',
  'AveragePool',
  'GlobalAveragePool',
])
/** Activations that a product before them is rounded after. */
const CUTTING: ReadonlySet<string> = new Set(['Relu', 'Clip'])

/**
 * Decides what of a model is computed on bytes: products with weights, and what lies between them. What the graph gives at its end stays float, and what is in the branches of an If or
 * the body of a loop.
 *
 * @param keep layers that stay float.
 */
export function planStatic(model: ModelProto, keep: ReadonlySet<string>): StaticPlan {
  const graph = model.graph!
  const nodes = graph.node ?? []
  const initializers = new Map((graph.initializer ?? []).map((each) => [each.name!, each]))
  const fed = new Set(
    (graph.input ?? [])
      .filter((each) => each.type?.tensorType?.elemType === TYPE.float)
      .map(({ name }) => name!),
  )
  const readers = readersOf(model)
  const ends = new Set((graph.output ?? []).map(({ name }) => name!))
  const weightNodes = new Map<NodeProto, WeightNode>()
  for (const node of nodes) {
    const found = keep.has(layerOf(node)) ? undefined : weightNode(node, initializers)
    if (found !== undefined) weightNodes.set(node, found)
  }
  const producers = new Map<string, NodeProto>()
  for (const node of nodes) for (const name of node.output ?? []) producers.set(name, node)
  const values = new Set<string>()
  // Nodes that are computed on bytes because what they take is.
  const followed = new Set<NodeProto>()
  const sameAs = new Map<string, string>()
  /** What a node gives before it is cut by a ReLU that alone reads it. */
  const isCutLater = (name: string) => {
    const [reader, ...others] = readers.get(name) ?? []
    return (
      reader !== undefined &&
      others.length === 0 &&
      !ends.has(name) &&
      isStandard(reader) &&
      CUTTING.has(reader.opType!) &&
      reader.input![0] === name
    )
  }
  // What products take is bytes, unless nobody can know its range.
  for (const { node } of weightNodes.values()) {
    const [input] = node.input!
    if (producers.has(input!) || fed.has(input!)) values.add(input!)
  }
  const mark = (name: string) => {
    if (!isCutLater(name)) values.add(name)
  }
  for (const node of nodes) {
    const op = node.opType!
    const [first] = node.input ?? []
    const [output] = node.output ?? []
    if (!isStandard(node) || output === undefined || subgraphsOf(node).length > 0) continue
    const weights = weightNodes.get(node)
    if (weights !== undefined) {
      // A convolution is computed on bytes only where its result is rounded; a matrix product gives floats as well.
      if (op === 'Conv') mark(output)
      continue
    }
    if (keep.has(layerOf(node))) continue
    if (CUTTING.has(op)) {
      const producer = producers.get(first!)
      if (producer === undefined || !isCutLater(first!)) continue
      const isBytes =
        (weightNodes.has(producer) && producer.opType === 'Conv') || followed.has(producer)
      if (isBytes) values.add(output)
    } else if (HANDING_ON.has(op) && (node.output ?? []).length === 1) {
      if (!values.has(first!) || ends.has(output)) continue
      values.add(output)
      sameAs.set(output, first!)
    } else if (FOLLOWING.has(op)) {
      const inputs = node.input ?? []
      if (!inputs.every((name) => values.has(name))) continue
      followed.add(node)
      mark(output)
    }
  }
  return { weightNodes, values, sameAs }
}

/** A product with weights of the file that can be int8. */
function weightNode(
  node: NodeProto,
  initializers: ReadonlyMap<string, TensorProto>,
): WeightNode | undefined {
  if (!isStandard(node)) return undefined
  const [input, second, third] = node.input ?? []
  const weights = initializers.get(second ?? '')
  const bias = third ? initializers.get(third) : undefined
  if (weights?.dataType !== TYPE.float || input === undefined || initializers.has(input)) {
    return undefined
  }
  if (third && bias === undefined) return undefined
  const dims = dimsOf(weights)
  switch (node.opType) {
    case 'Conv':
      return { node, weights, bias, axis: 0 }
    case 'Gemm': {
      const axis = intOf(node, 'transB', 0) === 1 ? 0 : 1
      const fits = bias === undefined || dimsOf(bias).join() === String(dims[axis])
      return isPlainGemm(node) && fits ? { node, weights, bias, axis } : undefined
    }
    case 'MatMul':
      return dims.length === 2 ? { node, weights, bias: undefined, axis: 1 } : undefined
    default:
      return undefined
  }
}
