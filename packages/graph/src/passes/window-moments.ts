import {
  createValue,
  type Graph,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  replaceUses,
  type Shape,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/** More taps than this make the Gram matrix dearer than a pass over the output. */
const MOST_TAPS = 64

/**
 * Computes the statistics of a batch norm behind a first convolution from the moments of its windows, and the gradient by the filter without the batch norm's own
 * gradient; see ops/window-moments.ts. For captured graphs, after the bias was moved away.
 *
 * It asks for a convolution of an input that needs no gradient, whose output goes nowhere but into one batch norm in training.
 */
export function useWindowMoments(graph: Graph): void {
  const readers = readersOf(graph)
  const results = new Set(graph.outputs.map(({ value }) => value))
  const replaced = new Map<Node, readonly Node[]>()
  const replacements = new Map<Value, Value>()
  for (const node of graph.nodes) {
    const stem = results.has(node.outputs[0]!) ? undefined : findStem(node, readers)
    if (stem === undefined) continue
    const { moments, gradient, filterGradient } = stem
    const x = namedInput(node, 'x')!
    const filter = namedInput(node, 'filter')!
    const taps = Number(sizeOf(filter.shape.slice(0, -1)))
    const windows = makeNode(
      node,
      'WindowMoments',
      { x },
      { ...node.attrs, filterShape: filter.shape },
      [[taps, taps], [taps]],
    )
    const [products, sums] = windows.outputs as [Value, Value]
    const product = makeNode(
      node,
      'ProductMoments',
      { filter, products, sums, x },
      {
        ...node.attrs,
        filterShape: filter.shape,
        varianceEpsilon: gradient.attrs.varianceEpsilon,
      },
      moments.outputs.map(({ shape }) => shape),
    )
    const [dy, variance, scale] = ['dy', 'variance', 'scale'].map(
      (name) => namedInput(gradient, name)!,
    ) as [Value, Value, Value]
    const plain = makeNode(gradient, filterGradient.op, { x, dy }, filterGradient.attrs, [
      filter.shape,
    ])
    const axis = dy.shape.slice(1).map((_, each) => each)
    const sum = makeNode(gradient, 'Sum', { x: dy }, { axis, keepDims: false }, [scale.shape])
    const back = makeNode(
      gradient,
      'BatchNormFilterGrad',
      {
        filter,
        products,
        sums,
        seen: plain.outputs[0]!,
        total: sum.outputs[0]!,
        variance,
        scale,
      },
      { ...gradient.attrs, count: sizeOf(dy.shape.slice(0, -1)) },
      [filter, ...gradient.outputs.slice(1)].map(({ shape }) => shape),
    )
    replaced.set(moments, [windows, product])
    replaced.set(gradient, [plain, sum, back])
    replaced.set(filterGradient, [])
    for (const [index, output] of moments.outputs.entries())
      replacements.set(output, product.outputs[index]!)
    replacements.set(filterGradient.outputs[0]!, back.outputs[0]!)
    for (const index of [1, 2]) replacements.set(gradient.outputs[index]!, back.outputs[index]!)
  }
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node])
  replaceUses(graph, replacements)
}

interface Stem {
  readonly moments: Node
  readonly gradient: Node
  readonly filterGradient: Node
}

function findStem(node: Node, readers: ReadonlyMap<Value, readonly Node[]>): Stem | undefined {
  if (node.domain !== 'tfjs' || (node.op !== 'Conv2D' && node.op !== 'FusedConv2D'))
    return undefined
  const isLinear = node.attrs.activation === undefined || node.attrs.activation === 'linear'
  const filter = namedInput(node, 'filter')!
  const isSmall =
    Number(sizeOf(filter.shape.slice(0, -1))) <= MOST_TAPS && Number(filter.shape.at(-2)) < 8
  if (
    !isLinear ||
    !isSmall ||
    namedInput(node, 'bias') !== undefined ||
    node.attrs.dataFormat === 'NCHW'
  )
    return undefined
  const users = readers.get(node.outputs[0]!) ?? []
  const only = (op: string) => {
    const found = users.filter((user) => user.op === op)
    return found.length === 1 ? found[0] : undefined
  }
  const [moments, forward, gradient] = [
    only('Moments'),
    only('FusedBatchNorm'),
    only('FusedBatchNormGrad'),
  ]
  if (
    moments === undefined ||
    forward === undefined ||
    gradient === undefined ||
    users.length !== 3
  )
    return undefined
  const isOwn = [forward, gradient].every((user) => namedInput(user, 'mean') === moments.outputs[0])
  const gradientReaders = readers.get(gradient.outputs[0]!) ?? []
  const [filterGradient] = gradientReaders
  const goesToFilter = gradientReaders.length === 1 && filterGradient!.op === 'Conv2DBackpropFilter'
  if (!isOwn || !goesToFilter || namedInput(filterGradient!, 'x') !== namedInput(node, 'x'))
    return undefined
  // The gradient's node must come before nobody reads its other results: they move to the place of the filter's gradient.
  return { moments, gradient, filterGradient: filterGradient! }
}

function makeNode(
  like: Node,
  op: string,
  inputs: Readonly<Record<string, Value>>,
  attrs: Node['attrs'],
  shapes: readonly Shape[],
): Node {
  const outputs = shapes.map((shape) => createValue(shape, 'float32'))
  return kernelNode(op, inputs, outputs, { attrs, scope: like.scope })
}
