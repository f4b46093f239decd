import {
  constant,
  emitter,
  type Graph,
  kernelNode,
  type Node,
  namedInput,
  sameShape,
} from '../ir/index.ts'

/**
 * Computes a ReLU of learnt slopes (He et al. 2015) as the ReLU and the product of what is below zero with the slopes: onnxruntime's own op takes ten times as long, and not on images in blocks of
 * channels. Slopes are finite in training, so that zeros are what comes of numbers above. For captured graphs of training steps.
 */
export function computePreluByParts(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => partsOf(node) ?? [node])
}

function partsOf(node: Node): Node[] | undefined {
  if (node.domain !== 'tfjs' || node.op !== 'Prelu') return undefined
  const [x, alpha] = [namedInput(node, 'x')!, namedInput(node, 'alpha')!]
  const [output] = node.outputs
  const isFloat = [x, alpha].every(({ dtype }) => dtype === 'float32')
  if (!isFloat || !sameShape(x.shape, output!.shape)) return undefined
  const nodes: Node[] = []
  const emit = emitter(nodes, node.scope)
  const above = emit('Relu', { x }, x.shape)
  const below = emit('Minimum', { a: x, b: constant(Float32Array.of(0), [], 'float32') }, x.shape)
  const scaled = emit('Multiply', { a: below, b: alpha }, x.shape)
  const sum = kernelNode('Add', { a: scaled, b: above }, [output!], { scope: node.scope })
  return [...nodes, sum]
}
