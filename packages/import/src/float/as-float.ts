import { renamed } from '../file/functions.ts'
import type { OnnxFile, OnnxGraph, OnnxNode } from '../file/graph.ts'
import { neededNodes, takenBy } from '../program/prepare.ts'
import { dynamicLstm, dynamicProduct, foldedProduct } from './dynamic.ts'
import { FloatGraph } from './float-graph.ts'
import { gridOf } from './grid.ts'
import { plainName } from './plain-name.ts'
import { quantizedOperator } from './quantized-operators.ts'

/** What gives floats of whole numbers: other nodes, or the name of the same floats; undefined where it stays as it is. */
type Ending = (node: OnnxNode, made: FloatGraph) => readonly OnnxNode[] | string | undefined

/** Where floats are asked for, by operator. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  DequantizeLinear({ inputs, attributes }, made) {
    const grid = gridOf(made.graph, {
      ...{ scale: inputs[1], zero: inputs[2] },
      ...{ axis: attributes.get('axis') ?? 1, block: attributes.get('block_size') ?? 0 },
    })
    return grid && made.floatOf(inputs[0] ?? '', grid)
  },
  Mul: dynamicProduct,
  DynamicQuantizeMatMul: foldedProduct,
  MatMulIntegerToFloat: foldedProduct,
  DynamicQuantizeLSTM: dynamicLstm,
  // Without a scale for what it gives, it gives floats.
  QGemm(node, made) {
    const float = node.inputs[7] ? undefined : made.floatNode(node, quantizedOperator(node)!)
    return float && [float]
  },
}

/**
 * A quantized file as the network of floats that it stands for: whole numbers of weights are the floats that they mean, under the name that they had before they were rounded, and what flows
 * between layers is not rounded. So it has layers, trains and exports as any other. What has no such meaning is left as it is.
 */
export function asFloat(file: OnnxFile): OnnxFile {
  const made = new FloatGraph(file)
  for (const node of file.graph.nodes) {
    const ending = Object.hasOwn(ENDINGS, node.op) ? ENDINGS[node.op] : undefined
    const float = ending?.(node, made)
    if (typeof float === 'string') made.standIn(node, float)
    else if (float !== undefined) made.replace(node, float)
  }
  if (!made.isChanged) return file
  const { graph, count } = finished(file.graph, made)
  return { ...file, graph, notes: [...(file.notes ?? []), noteOf(count)] }
}

function noteOf(count: number): string {
  return `It is quantized, and read as floats: ${count.toLocaleString('en')} tensors of whole numbers are the weights that they stand for, which train, and nothing is rounded between layers. Exported it is a file of floats; \`--quantize\` makes whole numbers of it again.`
}

/** The graph without what nobody asks for any more, and the number of weights that were made. */
function finished(
  graph: OnnxGraph,
  made: FloatGraph,
): { readonly graph: OnnxGraph; readonly count: number } {
  const ends = graph.outputs.map(({ name }) => name)
  const wasNeeded = new Set(neededNodes(graph, ends))
  const placed = made.nodes()
  const isNeeded = new Set(neededNodes({ ...graph, nodes: placed.map(({ node }) => node) }, ends))
  const nodes = placed
    .filter(({ node, origin }) => isNeeded.has(node) || (origin && !wasNeeded.has(origin)))
    .map(({ node }) => node)
  const wasTaken = new Set(graph.nodes.flatMap(takenBy))
  const isTaken = new Set([...nodes.flatMap(takenBy), ...ends])
  const kept = [...graph.initializers].filter(([name]) => isTaken.has(name) || !wasTaken.has(name))
  const weights = made.weights.filter(({ name }) => isTaken.has(name))
  const taken = new Set([
    ...[...kept, ...graph.inputs.map(({ name }) => [name])].map(([name]) => name),
    ...nodes.flatMap(({ outputs }) => outputs),
  ])
  const names = new Map<string, string>()
  for (const { name, of } of weights) {
    const wanted = of && [plainName(of), of].find((each) => !taken.has(each))
    if (!wanted) continue
    taken.add(wanted)
    names.set(name, wanted)
  }
  const rename = (name: string) => names.get(name) ?? name
  const result = renamed({ ...graph, nodes, initializers: new Map(kept) }, rename)
  const initializers = new Map(result.initializers)
  for (const { name, tensor } of weights) {
    initializers.set(rename(name), { ...tensor, name: rename(name) })
  }
  const count = weights.filter(({ of }) => of !== undefined).length
  return { graph: { ...result, initializers }, count }
}
