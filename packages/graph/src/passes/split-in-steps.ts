import { emptyGraph, type Graph, type Node, plus, type Value } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'

/**
 * Splits into many parts as splits into a few, of which each is split again: a shader of WebGPU reaches so many buffers and no more, and onnxruntime (1.30) refuses to run a Split into as
 * many. For lowered graphs.
 *
 * @param most parts of one node, at least 2.
 */
export function splitInSteps(graph: Graph, most: number): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    if (!isSplit(node) || node.outputs.length <= most) return [node]
    const builder = new OnnxBuilder(emptyGraph())
    builder.scope = node.scope
    builder.origin = node.origin
    split(builder, node.inputs[0]!, Number(node.attrs.axis ?? 0), node.outputs, most)
    return builder.graph.nodes
  })
}

/** Appends what splits a tensor into given values. */
function split(
  builder: OnnxBuilder,
  x: Value,
  axis: number,
  parts: readonly Value[],
  most: number,
): void {
  const each = Math.ceil(parts.length / most)
  const groups = Array.from({ length: Math.ceil(parts.length / each) }, (_, index) =>
    parts.slice(index * each, (index + 1) * each),
  )
  const at = axis < 0 ? axis + x.shape.length : axis
  const sizes = groups.map((group) => plus(...group.map(({ shape }) => shape[at]!)))
  const specs = sizes.map((size) => ({
    shape: x.shape.map((held, index) => (index === at ? size : held)),
    dtype: x.dtype,
  }))
  const made = builder.nodes('Split', [x, builder.shape(sizes)], { axis: at }, specs)
  const node = builder.graph.nodes.at(-1)!
  for (const [index, group] of groups.entries()) {
    if (group.length > 1) split(builder, made[index]!, at, group, most)
    else {
      node.outputs[index] = group[0]!
      group[0]!.node = node
    }
  }
}

function isSplit({ op, domain }: Node): boolean {
  return op === 'Split' && domain === ''
}
