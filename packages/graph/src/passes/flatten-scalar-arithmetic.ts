import { emptyGraph, type Graph, isStatic, type Node, sizeOf, type Value } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'

const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow'])

/**
 * Lets arithmetic with a scalar work on a vector where the tensor's last axis has one element, as images of one channel do: onnxruntime walks along the
 * last axis, and takes twenty times as long for an axis of one. For lowered graphs.
 */
export function flattenScalarArithmetic(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => (isSlow(node) ? flattened(node) : [node]))
}

function isSlow(node: Node): boolean {
  const shape = node.outputs[0]!.shape
  if (node.domain !== '' || !BINARY.has(node.op) || !isStatic(shape)) return false
  const sizes = node.inputs.map((input) => Number(sizeOf(input!.shape)))
  const size = Number(sizeOf(shape))
  return shape.at(-1) === 1 && size > 1 && sizes.includes(1) && sizes.includes(size)
}

function flattened(node: Node): Node[] {
  const builder = new OnnxBuilder(emptyGraph())
  builder.scope = node.scope
  builder.origin = node.origin
  const [output] = node.outputs as [Value]
  const size = Number(sizeOf(output.shape))
  const flat = node.inputs.map((input) =>
    builder.reshape(input!, sizeOf(input!.shape) === 1 ? [] : [size]),
  )
  const spec = { shape: [size], dtype: output.dtype }
  const result = builder.node(node.op, flat, node.attrs, spec)
  builder.reshape(result, output.shape)
  const { nodes } = builder.graph
  const back = { ...nodes.at(-1)!, outputs: [output] }
  output.node = back
  return [...nodes.slice(0, -1), back]
}
