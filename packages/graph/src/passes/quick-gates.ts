import { type Graph, type Node, readersOf, uniformValue, type Value } from '../ir/index.ts'

/**
 * Gates as onnxruntime's Sigmoid: one node, and one pass over memory, in the place of four. It is off by up to 2e-8, which is a lot of a tiny number that is looked at by itself, and nothing of a
 * factor between 0 and 1. For lowered graphs that are not exported.
 */
export function quickGates(graph: Graph): void {
  const readers = readersOf(graph)
  const kept = new Set(graph.outputs.map(({ value }) => value))
  for (const node of graph.nodes) {
    const x = sigmoidOf(node)
    const [gate] = node.outputs as [Value]
    if (x === undefined || x.dtype !== 'float32') continue
    const uses = usesOf(gate, readers, kept)
    const isFactor = uses?.some(({ op }) => op === 'Mul' || op === 'Conv')
    if (isFactor && uses!.every(({ op }) => FACTORS.has(op)))
      Object.assign(node, { op: 'Sigmoid', inputs: [x] })
  }
}

/** Gates of loops: what bodies of `Scan`s compute in each step. */
export function quickGatesOfScans(graph: Graph): void {
  for (const { op, domain, attrs } of graph.nodes) {
    if (op === 'Scan' && domain === '') quickGates(attrs.body as Graph)
  }
}

/** What a gate may go into: it is a factor, or one minus it is. */
const FACTORS = new Set(['Mul', 'Sub', 'Identity', 'Conv'])

/** The nodes that read a gate, in whichever shape; undefined where it is an output. */
function usesOf(
  gate: Value,
  readers: ReadonlyMap<Value, readonly Node[]>,
  kept: ReadonlySet<Value>,
): Node[] | undefined {
  if (kept.has(gate)) return undefined
  const uses: Node[] = []
  for (const reader of readers.get(gate) ?? []) {
    const behind = reader.op === 'Reshape' ? usesOf(reader.outputs[0]!, readers, kept) : [reader]
    if (behind === undefined) return undefined
    uses.push(...behind)
  }
  return uses
}

/** The x of 1 / (1 + e^-x). */
function sigmoidOf({ op, inputs }: Node): Value | undefined {
  const sum = op === 'Reciprocal' ? inputs[0]!.node : undefined
  const one = sum?.op === 'Add' ? sum.inputs[1] : undefined
  const power = uniformValue(one) === 1 ? sum!.inputs[0]!.node : undefined
  const negative = power?.op === 'Exp' ? power.inputs[0]!.node : undefined
  return negative?.op === 'Neg' ? negative.inputs[0] : undefined
}
