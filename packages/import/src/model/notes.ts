import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'
import { isFloat } from '../file/types.ts'
import { findOperator } from '../ops/table.ts'

/** So many nodes are named. */
const NAMED = 3

/** What a reader of a file should be told of the model that is made of it. */
export function notesOf({ graph, opsets, notes: read = [] }: OnnxFile): string[] {
  const notes: string[] = [...read]
  const types = new Set([...graph.initializers.values()].map(({ type }) => type))
  for (const type of ['float16', 'bfloat16'] as const) {
    if (types.has(type)) notes.push(`Weights of ${type} are float32 here.`)
  }
  if (types.has('float64')) notes.push('Weights of float64 are float32 here.')
  const rounding = allNodes(graph).filter((node) => findOperator(node, opsets)?.rounds === true)
  if (rounding.length > 0) {
    const names = rounding.slice(0, NAMED).map(({ name }) => name)
    const more = rounding.length > NAMED ? ` and ${rounding.length - NAMED} more` : ''
    notes.push(
      `The rounding of ${names.join(', ')}${more} is computed as the file has it; gradients pass it as if it were not there.`,
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

function allNodes(graph: OnnxGraph): OnnxNode[] {
  return graph.nodes.flatMap((node) => [node, ...innerGraphs(node).flatMap(allNodes)])
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
