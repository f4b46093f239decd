import {
  type Graph,
  isConstant,
  isStatic,
  type Node,
  readersOf,
  type Shape,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import type { ChainSizes } from './chains-in-cache.ts'
import { inOrder } from './in-order.ts'

/** What moves numbers to where the gradient by a filter wants them. */
const MOVES = new Set(['Reshape', 'Gather', 'Transpose', 'Pad', 'ReorderInput', 'ReorderOutput'])

/**
 * Has the gradient by the input of a convolution computed before the images for the gradient by its filter are moved about.
 *
 * Both read the gradient by the result, which was just written and still lies in the cache that all cores share. onnxruntime goes back from what the outputs need and comes to the
 * filter first, whose copies of images and gradient have driven the gradient out of the cache by the time that the other convolution reads it. A node waits for what its operands follow from: here images are
 * reshaped to sizes that are those of the gradient by the input. For lowered graphs of training steps.
 */
export function inputGradientsFirst(graph: Graph, { large }: Pick<ChainSizes, 'large'>): void {
  const readers = readersOf(graph)
  const made = new OnnxBuilder({ ...graph, nodes: [] })
  for (const node of graph.nodes) {
    const dy = gatheredFilter(node)
    if (dy === undefined || bytesOf(dy.shape) < large) continue
    const byInput = viewsOf(dy, readers).find((each) => each !== node && isConvolution(each, dy))
    const mover = byInput && firstMover(node, byInput)
    if (mover !== undefined) holdBack(made, mover, byInput!.outputs[0]!)
  }
  if (made.graph.nodes.length > 0) graph.nodes = inOrder([...graph.nodes, ...made.graph.nodes])
}

/** What the filter of a convolution in blocks was gathered from, if it was. */
function gatheredFilter({ op, domain, inputs }: Node): Value | undefined {
  if (domain !== NCHWC || op !== 'Conv') return undefined
  let value = inputs[1]!
  let isGathered = false
  for (let { node } = value; node?.op === 'Reshape' || node?.op === 'Gather'; { node } = value) {
    isGathered ||= node.op === 'Gather'
    value = node.inputs[0]!
  }
  return isGathered ? value : undefined
}

/** All nodes that read a value's memory, as it is or reshaped. */
function viewsOf(value: Value, readers: ReadonlyMap<Value, readonly Node[]>): Node[] {
  return (readers.get(value) ?? []).flatMap((reader) =>
    reader.op === 'Reshape' ? viewsOf(reader.outputs[0]!, readers) : [reader],
  )
}

/** Whether a node is a convolution in blocks over all channels of a value. */
function isConvolution({ op, domain, attrs, inputs }: Node, value: Value): boolean {
  let image = inputs[0]
  while (image !== value && image?.node?.op === 'Reshape') image = image.node.inputs[0]
  return domain === NCHWC && op === 'Conv' && attrs.group === undefined && image === value
}

/** The first node on the way of a convolution's images that moves all of them, as many numbers as the gradient has; none that this one needs itself. */
function firstMover(convolution: Node, byInput: Node): Node | undefined {
  const size = sizeOf(byInput.outputs[0]!.shape)
  let found: Node | undefined
  let node: Node | undefined = convolution
  while (node !== undefined && !leadsTo(node, byInput)) {
    const [source] = node.inputs as [Value]
    if (sizeOf(source.shape) === size) found = node
    node = source.node !== undefined && moves(source.node) ? source.node : undefined
  }
  return found
}

/** Whether a node only moves numbers, or puts zeros around them. */
function moves({ op, domain, attrs, inputs }: Node): boolean {
  const [x, filter] = inputs
  // One constant for each channel: so zeros are put around blocks of them.
  const isPad = domain === NCHWC && op === 'Conv' && attrs.group === x!.shape[1]
  return MOVES.has(op) || (isPad && isConstant(filter!))
}

/** Whether a node's results are needed for another. */
function leadsTo(first: Node, last: Node): boolean {
  const seen = new Set([last])
  for (const node of seen) {
    if (node === first) return true
    for (const input of node.inputs) if (input?.node !== undefined) seen.add(input.node)
  }
  return false
}

/** Has a node read its first operand by way of sizes that follow from another result. */
function holdBack(builder: OnnxBuilder, mover: Node, until: Value): void {
  const [source] = mover.inputs as [Value]
  builder.scope = mover.scope
  builder.origin = mover.origin
  const rank = until.shape.length
  const sizes = builder.node('Shape', [until], {}, { shape: [rank], dtype: 'int64' })
  const { dtype } = source
  const seen = builder.node('Reshape', [source, sizes], {}, { shape: until.shape, dtype })
  const target = builder.ints(source.shape as readonly number[])
  // A node of its own: the builder would look through the one before.
  mover.inputs[0] =
    mover.op === 'Reshape' || sameShape(seen.shape, source.shape)
      ? seen
      : builder.node('Reshape', [seen, target], {}, source)
}

function bytesOf(shape: Shape): number {
  return isStatic(shape) ? 4 * Number(sizeOf(shape)) : 0
}
