import * as tf from '@tensorflow/tfjs'
import type { Node } from '../ir/index.ts'

/**
 * Multiply-adds of a captured kernel of fixed shapes: those of convolutions, matrix products and their gradients. Undefined for everything
 * else, which is small beside them.
 */
export function multiplyAdds(node: Node): number | undefined {
  return node.domain === 'tfjs' ? counts[node.op]?.(node) : undefined
}

/** Whether a kernel has multiply-adds to count. */
export function countsProducts(kernel: string): boolean {
  return kernel in counts
}

const counts: Readonly<Record<string, (node: Node) => number>> = {
  [tf.Conv2D]: perOutputChannel,
  [tf.FusedConv2D]: perOutputChannel,
  [tf.Conv3D]: perOutputChannel,
  [tf.DepthwiseConv2dNative]: perWindow,
  [tf.FusedDepthwiseConv2D]: perWindow,
  // The transposed convolution: each element of dy meets the whole filter of its channel.
  [tf.Conv2DBackpropInput]: (node) => size(node, 'dy') * (size(node, 'filter') / last(node, 'dy')),
  // Each element of dy meets every tap of the window that it came from.
  [tf.Conv2DBackpropFilter]: (node) =>
    size(node, 'dy') * (product(node.outputs[0]!.shape) / last(node, 'dy')),
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
