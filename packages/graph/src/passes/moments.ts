import {
  createValue,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  replaceUses,
  type Value,
} from '../ir/index.ts'
import { leavesChannels } from '../ops/reduced-axes.ts'

/**
 * Finds tf.moments over all axes but the last, mean(x) and mean(square(x - mean(x))), and makes each pair one `Moments` kernel, whose
 * lowering does it in the layout that x lies in.
 */
export function fuseMoments(graph: Graph): void {
  const means = new Map<Value, Node>()
  for (const node of graph.nodes) {
    if (isMeanOverRows(node)) means.set(node.inputs[0]!, node)
  }
  const replacements = new Map<Value, Value>()
  const fusedAt = new Map<Node, Node>()
  const removed = new Set<Node>()
  for (const node of graph.nodes) {
    const x = isMeanOverRows(node) ? centredSource(node.inputs[0]!) : undefined
    const mean = x && means.get(x)
    if (mean === undefined || fusedAt.has(mean)) continue
    const fused = momentsNode(x!, mean)
    fusedAt.set(mean, fused)
    removed.add(node)
    replacements.set(mean.outputs[0]!, fused.outputs[0]!)
    replacements.set(node.outputs[0]!, fused.outputs[1]!)
  }
  graph.nodes = graph.nodes.flatMap((node) =>
    removed.has(node) ? [] : [fusedAt.get(node) ?? node],
  )
  replaceUses(graph, replacements)
}

function momentsNode(x: Value, mean: Node): Node {
  const like = mean.outputs[0]!
  const outputs = [createValue(like.shape, like.dtype), createValue(like.shape, like.dtype)]
  return kernelNode('Moments', { x }, outputs, { scope: mean.scope })
}

function isMeanOverRows(node: Node): boolean {
  if (node.domain !== 'tfjs' || node.op !== 'Mean') return false
  const { shape } = node.inputs[0]!
  return (
    isStatic(shape) &&
    leavesChannels(node.attrs, shape.length) &&
    node.outputs[0]!.shape.length === 1
  )
}

/** x, when the value is square(x - mean of x). */
function centredSource(value: Value): Value | undefined {
  const square = value.node
  if (square?.domain !== 'tfjs' || square.op !== 'Square') return undefined
  const difference = square.inputs[0]!.node
  if (difference?.domain !== 'tfjs' || difference.op !== 'Sub') return undefined
  const [x, mean] = difference.inputs as [Value, Value]
  let source = mean
  while (source.node?.op === 'Reshape') source = source.node.inputs[0]!
  return source.node !== undefined && isMeanOverRows(source.node) && source.node.inputs[0] === x
    ? x
    : undefined
}
