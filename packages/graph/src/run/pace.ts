import { availableParallelism } from 'node:os'
import { type Graph, type Node, sizeOf, subgraphsOf, type Value } from '../ir/index.ts'
import { multiplyAdds } from '../ops/multiply-adds.ts'

/** What decides whether more than one thread makes a program quicker. */
export interface Pace {
  /** What a run computes, in multiply-adds: threads share it. */
  readonly work: number
  /** How often its loops have threads meet: where they share a product of one step, and the next step waits for it. */
  readonly meetings: number
}

/** Products of fewer multiply-adds are computed by one thread: onnxruntime's MLAS deals out so many at least. */
const SHARED = 2 ** 16

/**
 * Multiply-adds that a thread makes while two meet: 8 us. What one has written goes to the other, and back: about 1 us where the cores share a cache, 14 us where they do not, which a virtual
 * machine changes from one minute to the next. So the worse of both is avoided: an LSTM of 64 units takes 1.1 to 1.2 ms a step by one thread, and 1.0 or 1.6 ms by two.
 */
const MEETING = 850_000

/** Numbers that a kernel writes before onnxruntime shares it among threads, and multiply-adds that are made in the time of one such number. */
const [MANY, PER_NUMBER] = [2 ** 16, 32]

const PRODUCTS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'FusedMatMul'])

/** Multiply-adds of a captured graph, those of each step of its loops included; without those whose sizes only a run tells. */
export function multiplyAddsOf({ nodes }: Graph): number {
  return nodes.reduce(
    (sum, node) => sum + (multiplyAdds(node) || 0) + inSteps(node, multiplyAddsOf),
    0,
  )
}

/**
 * The pace of a lowered graph.
 *
 * @param products `multiplyAddsOf` what it was lowered from.
 */
export function paceOf(lowered: Graph, products: number): Pace {
  const sizes = lowered.nodes.flatMap(({ outputs }) => outputs.map(numbersOf))
  const numbers = sizes.filter((size) => size >= MANY).reduce((sum, size) => sum + size, 0)
  return { work: products + PER_NUMBER * numbers, meetings: meetingsOf(lowered, false) }
}

/** The threads of a session: one, where those of a loop would meet for longer than they save. */
export function threadsFor(
  { work, meetings }: Pace,
  threads: number | undefined,
): number | undefined {
  const all = threads ?? availableParallelism()
  const saved = work * (1 - 1 / all)
  return meetings * MEETING * Math.log2(all) > saved ? 1 : threads
}

function meetingsOf({ nodes }: Graph, isBody: boolean): number {
  return nodes.reduce(
    (sum, node) =>
      sum + Number(isBody && isShared(node)) + inSteps(node, (body) => meetingsOf(body, true)),
    0,
  )
}

/** A product of matrices that is large enough: rows times inner size, inner size times columns and rows times columns are the squares of what it multiplies. */
function isShared({ op, inputs, outputs }: Node): boolean {
  if (!PRODUCTS.has(op)) return false
  const [a, b, sum] = [inputs[0]!, inputs[1]!, outputs[0]!].map(numbersOf) as [
    number,
    number,
    number,
  ]
  return Math.sqrt(a * b * sum) >= SHARED
}

/** Something of a loop's body, as often as there are steps; nothing of what has no known number of them. */
function inSteps(node: Node, count: (body: Graph) => number): number {
  const steps = node.op === 'Scan' ? node.inputs[node.formals! - 1]!.shape[0] : 0
  return subgraphsOf(node).reduce((sum, body) => sum + (Number(steps) || 0) * count(body), 0)
}

function numbersOf({ shape }: Value): number {
  return Number(sizeOf(shape))
}
