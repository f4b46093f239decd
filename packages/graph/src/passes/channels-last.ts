import {
  type Attrs,
  type AttrValue,
  createValue,
  type Graph,
  kernelNode,
  type Node,
  type Value,
} from '../ir/index.ts'
import { channelsLast, isChannelsFirst } from '../lower/data-format.ts'
import { toFirst, toLast } from '../lower/layout.ts'
import { findKernel } from '../ops/registry.ts'

/**
 * Rewrites kernels that were called with channels first (`dataFormat: 'NCHW'`) to channels last between transposes, so that no lowering has to know
 * of both. The transposes cost nothing: a transposed value is the same memory in another layout (see the lowering of Transpose).
 */
export function turnChannelsLast(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    const images = findKernel(node.op)?.images
    const isTurned = node.domain === 'tfjs' && isChannelsFirst(node.attrs)
    return isTurned && images !== undefined ? turned(node, images) : [node]
  })
}

function turned(node: Node, images: readonly string[]): Node[] {
  const before: Node[] = []
  const [result] = node.outputs as [Value]
  const turn = (value: Value, perm: readonly number[]): Value => {
    if (perm.length < 2) return value
    const shape = perm.map((axis) => value.shape[axis]!)
    const [output, transpose] = transposeOf(
      value,
      perm,
      createValue(shape, value.dtype),
      node.scope,
    )
    before.push(transpose)
    return output
  }
  const rank = node.inputs[node.inputNames.indexOf(images[0]!)]!.shape.length
  const inputs = node.inputs.map((input, index) => {
    if (input === undefined || !images.includes(node.inputNames[index]!)) return input
    // Weights per pixel come without the batch axis.
    const isWhole = input.shape.length === rank
    const perm = toLast(isWhole ? rank : input.shape.length + 1)
    return turn(input, isWhole ? perm : perm.slice(1).map((axis) => axis - 1))
  })
  const isImage = result.shape.length === rank && node.attrs.filterShape === undefined
  const output = isImage ? createValue(channelsLast(result.shape), result.dtype) : result
  const { pad, inputShape } = node.attrs
  const attrs: Attrs = {
    ...node.attrs,
    dataFormat: rank === 5 ? 'NDHWC' : 'NHWC',
    ...(Array.isArray(pad) ? { pad: channelsLast(pad as AttrValue[]) } : {}),
    ...(Array.isArray(inputShape) ? { inputShape: channelsLast(inputShape as AttrValue[]) } : {}),
  }
  const copy: Node = { ...node, inputs, attrs, outputs: [output] }
  output.node = copy
  if (!isImage) return [...before, copy]
  const [, after] = transposeOf(output, toFirst(rank), result, node.scope)
  return [...before, copy, after]
}

function transposeOf(
  value: Value,
  perm: readonly number[],
  output: Value,
  scope: string,
): [Value, Node] {
  return [output, kernelNode('Transpose', { x: value }, [output], { attrs: { perm }, scope })]
}
