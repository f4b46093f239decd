import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'
import { isFloat } from '../file/types.ts'

/** What a reader of a file should be told of the model that is made of it. */
export function notesOf({ graph }: OnnxFile): string[] {
  const notes: string[] = []
  const types = new Set([...graph.initializers.values()].map(({ type }) => type))
  for (const type of ['float16', 'bfloat16'] as const) {
    if (types.has(type)) notes.push(`Weights of ${type} are float32 here.`)
  }
  if (types.has('float64')) notes.push('Weights of float64 are float32 here.')
  if (graph.nodes.some(({ op }) => op === 'DequantizeLinear')) {
    notes.push(
      'The network is quantized: it is computed in float32 here, with the rounding that the file has.',
    )
  }
  return [...notes, ...graph.nodes.flatMap(noteOfInner)]
}

/** Weights in a node's own graphs do not train: that is to be known before somebody trains the rest. */
function noteOfInner(node: OnnxNode): string[] {
  const count = innerGraphs(node).reduce((sum, graph) => sum + floatsIn(graph), 0)
  if (count === 0) return []
  const way =
    node.op === 'If'
      ? ' Where what decides between its branches is always the same, fix that input: then they train.'
      : ''
  return [
    `${count.toLocaleString('en')} numbers inside ${node.name} (${node.op}) stay as they are.${way}`,
  ]
}

function innerGraphs({ attributes }: OnnxNode): OnnxGraph[] {
  return [...attributes.values()].filter(isGraph)
}

/** Numbers in tensors of more than one, at whatever depth: single ones are of the arithmetic. */
function floatsIn(graph: OnnxGraph): number {
  const own = [...graph.initializers.values()]
    .filter(({ type, data }) => isFloat(type) && data.length > 1)
    .reduce((sum, { data }) => sum + data.length, 0)
  const inner = graph.nodes.flatMap(innerGraphs).map(floatsIn)
  return inner.reduce((sum, each) => sum + each, own)
}
