import {
  constant,
  emitter,
  type Graph,
  isKernel,
  isStatic,
  type Node,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/**
 * Makes what puts the channels of images in another order, a reshape that parts them, a transpose and a reshape back, as ShuffleNet's shuffle is written (Zhang et al. 2018), a Gather of channels: it moves
 * whole planes with channels first, where the transpose turns a small matrix for each pixel. For captured graphs; the first two are dead code afterwards, where nobody else reads them.
 */
export function orderChannels(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    const found = orderOf(node)
    if (found === undefined) return [node]
    const nodes: Node[] = []
    const [output] = node.outputs as [Value]
    const indices = constant(Int32Array.from(found.order), [found.order.length], 'int32')
    const attrs = { axis: output.shape.length - 1, batchDims: 0 }
    const inputs = { x: found.image, indices }
    const made = emitter(nodes, node.scope)('GatherV2', inputs, output.shape, attrs)
    output.node = { ...made.node!, outputs: [output] }
    return [output.node]
  })
}

/** The image whose channels a reshape has in another order, and which channel stands in each place. */
function orderOf(node: Node): { readonly image: Value; readonly order: number[] } | undefined {
  if (!isKernel(node, 'Reshape')) return undefined
  const turn = node.inputs[0]!.node
  const part = isKernel(turn, 'Transpose') ? turn.inputs[0]!.node : undefined
  if (!isKernel(part, 'Reshape')) return undefined
  const [image] = part.inputs as [Value]
  const { shape } = image
  const parted = part.outputs[0]!.shape
  if (!isStatic(shape) || !isStatic(parted) || shape.length !== 4) return undefined
  if (!sameShape(shape, node.outputs[0]!.shape)) return undefined
  const channels = shape[3] as number
  const perm = turn!.attrs.perm as readonly number[]
  let first = perm.findIndex((axis, at) => axis !== at)
  const partsFrom = (axis: number) => Number(sizeOf(parted.slice(axis)))
  while (first > 0 && partsFrom(first) < channels) first--
  if (first <= 0 || partsFrom(first) !== channels) return undefined
  const sizes = parted.slice(first) as readonly number[]
  return {
    image,
    order: turned(
      sizes,
      perm.slice(first).map((axis) => axis - first),
    ),
  }
}

/** The numbers from 0 on in the order in which a transpose has them. */
function turned(sizes: readonly number[], perm: readonly number[]): number[] {
  const strides = sizes.map((_, axis) => Number(sizeOf(sizes.slice(axis + 1))))
  return perm.reduce<number[]>(
    (places, axis) =>
      places.flatMap((place) =>
        Array.from({ length: sizes[axis]! }, (_, at) => place + at * strides[axis]!),
      ),
    [0],
  )
}
