import type { Graph, Node } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/**
 * Floating point operations of a captured forward pass, by the path of the layer that does them.
 *
 * Counted as is usual for networks: the multiplications and additions of convolutions and matrix products, each
 * multiply-add as two. Everything else is small beside them and not counted.
 */
export function countFlops(graph: Graph): Map<string, number> {
  const counted = new Map<string, number>()
  for (const node of graph.nodes) {
    const flops = multiplyAdds[node.op]?.(node)
    if (flops !== undefined) counted.set(node.scope, (counted.get(node.scope) ?? 0) + 2 * flops)
  }
  return counted
}

/** Multiply-adds of each kernel that has any. */
const multiplyAdds: Readonly<Record<string, (node: Node) => number>> = {
  [tf.Conv2D]: perOutputChannel,
  [tf.FusedConv2D]: perOutputChannel,
  [tf.Conv3D]: perOutputChannel,
  [tf.DepthwiseConv2dNative]: perWindow,
  [tf.FusedDepthwiseConv2D]: perWindow,
  // The transposed convolution: each element of dy meets the whole filter of its channel.
  [tf.Conv2DBackpropInput]: (node) => size(node, 'dy') * (size(node, 'filter') / last(node, 'dy')),
  [tf.BatchMatMul]: contracted,
  [tf._FusedMatMul]: contracted,
}

/** Filter [..., in, out]: each output element sums over everything but `out`. */
function perOutputChannel(node: Node): number {
  const outputs = product(node.outputs[0]!.shape)
  return outputs * (size(node, 'filter') / last(node, 'filter'))
}

/** Filter [height, width, in, multiplier]: each output element sums over its window. */
function perWindow(node: Node): number {
  const [height, width] = shapeOf(node, 'filter')
  return product(node.outputs[0]!.shape) * height! * width!
}

function contracted(node: Node): number {
  const shape = shapeOf(node, 'a')
  const inner = node.attrs.transposeA === true ? shape.at(-2)! : shape.at(-1)!
  return product(node.outputs[0]!.shape) * inner
}

function shapeOf(node: Node, input: string): readonly number[] {
  return node.inputs[node.inputNames.indexOf(input)]!.shape as readonly number[]
}

function size(node: Node, input: string): number {
  return product(shapeOf(node, input))
}

function last(node: Node, input: string): number {
  return shapeOf(node, input).at(-1)!
}

function product(shape: readonly unknown[]): number {
  return (shape as readonly number[]).reduce((a, b) => a * b, 1)
}
