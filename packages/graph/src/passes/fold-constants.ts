import type * as ort from 'onnxruntime-node'
import {
  emptyGraph,
  type Graph,
  isConstant,
  isStatic,
  type Node,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import { writeOnnx } from '../onnx/write.ts'
import { createSession } from '../session/session.ts'
import { removeDeadCode } from './dead-code.ts'

/** Larger results than this stay computed: neither a file nor a step should grow by numbers that an Expand makes. */
const LARGEST = 1 << 28

/** Results of so many elements that are all the same number are kept as that number. */
const LARGE_FILL = 1024

/**
 * Computes everything that follows from constants alone, once, by onnxruntime itself; the results become constants. For lowered graphs.
 */
export async function foldConstants(graph: Graph, opset: number): Promise<void> {
  const folded = new Set<Value>()
  const nodes: Node[] = []
  for (const node of graph.nodes) {
    const isFixed = node.inputs.every((input) => !input || isConstant(input) || folded.has(input))
    const fits = node.outputs.every(
      ({ shape, dtype }) => isStatic(shape) && dtype !== 'string' && elements(shape) < LARGEST,
    )
    if (!isFixed || !fits || node.inputs.length === 0) continue
    nodes.push(node)
    for (const output of node.outputs) folded.add(output)
  }
  if (nodes.length === 0) return
  const own = new Set(nodes)
  const needed = new Set<Value>()
  for (const node of graph.nodes) {
    if (own.has(node)) continue
    for (const input of node.inputs) if (input && folded.has(input)) needed.add(input)
  }
  for (const { value } of graph.outputs) if (folded.has(value)) needed.add(value)
  await compute(nodes, [...needed], opset)
  graph.nodes = graph.nodes.filter((node) => !own.has(node))
}

async function compute(
  nodes: readonly Node[],
  values: readonly Value[],
  opset: number,
): Promise<void> {
  const part: Graph = {
    ...emptyGraph(),
    nodes: [...nodes],
    outputs: values.map((value, index) => ({ name: `c${index}`, value, state: false })),
  }
  removeDeadCode(part)
  const session = await createSession(writeOnnx(part, { opset }), { optimization: 'disabled' })
  try {
    const results = await session.run({} as Record<string, ort.Tensor>)
    for (const [index, value] of values.entries()) {
      value.data = results[`c${index}`]!.data as TypedArray
      value.node = undefined
      const number = elements(value.shape) >= LARGE_FILL ? oneNumber(value.data) : undefined
      if (number === undefined) continue
      value.fill = number
      value.data = undefined
    }
  } finally {
    await session.release()
  }
}

/** The number that all are, to the sign of a zero; undefined for integers that a double may not hold. */
function oneNumber(data: TypedArray): number | undefined {
  const [first] = data
  if (typeof first !== 'number') return undefined
  return (data as Float32Array).every((each) => Object.is(each, first)) ? first : undefined
}

function elements(shape: readonly unknown[]): number {
  return (shape as readonly number[]).reduce((product, size) => product * size, 1)
}
