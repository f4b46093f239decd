import { type Graph, type Node, readersOf, uniformValue, type Value } from '../ir/index.ts'

/**
 * Gates of loops as onnxruntime's Sigmoid: one node in the place of four. It is off by up to 2e-8, which is a lot of a tiny number that is looked at by itself, and nothing of a factor
 * between 0 and 1. For lowered graphs.
 */
export function quickGates(graph: Graph): void {
  for (const { op, domain, attrs } of graph.nodes) {
    if (op === 'Scan' && domain === '') gatesOf(attrs.body as Graph)
  }
}

function gatesOf(body: Graph): void {
  const readers = readersOf(body)
  for (const node of body.nodes) {
    const [gate] = node.outputs as [Value]
    const x = sigmoidOf(node)
    const own = readers.get(gate) ?? []
    const isFactor = own.some(({ op }) => op === 'Mul') && own.every(({ op }) => FACTORS.has(op))
    if (x === undefined || !isFactor) continue
    Object.assign(node, { op: 'Sigmoid', inputs: [x] })
  }
}

/** What a gate may go into: it is a factor, or one minus it is. */
const FACTORS = new Set(['Mul', 'Sub', 'Identity'])

/** The x of 1 / (1 + e^-x). */
function sigmoidOf({ op, inputs }: Node): Value | undefined {
  const sum = op === 'Reciprocal' ? inputs[0]!.node : undefined
  const one = sum?.op === 'Add' ? sum.inputs[1] : undefined
  const power = uniformValue(one) === 1 ? sum!.inputs[0]!.node : undefined
  const negative = power?.op === 'Exp' ? power.inputs[0]!.node : undefined
  return negative?.op === 'Neg' ? negative.inputs[0] : undefined
}
