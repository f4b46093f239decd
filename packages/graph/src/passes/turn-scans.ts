import {
  createValue,
  type Dim,
  dependents,
  filled,
  type Graph,
  isScan,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  type ScanParts,
  type ScanState,
  scanNode,
  scanParts,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { joinLoopProducts } from './join-loop-products.ts'
import { termsOf } from './scan-sums.ts'
import { TurnedBody } from './turned-body.ts'

/**
 * Lets loops over batches work on [units, batch] in the place of [batch, units], both ways of a layer alike. A matrix product lays its right factor out anew each time it is computed: then
 * that is the state, and no longer the weights, which are some times larger. What comes in is multiplied along with the state, and gates lie one after the other. For captured graphs.
 */
export function turnScans(graph: Graph): void {
  const scans = graph.nodes.filter(isScan)
  const made = new Map<Node, readonly Node[]>()
  const decided = new Set<Node>()
  // The way back through a layer reads what the layer below gives as well: the last one whose rows it reads is its own.
  for (const forward of scans.toReversed()) {
    if (forward.attrs.reverse === true) continue
    const rows = new Set(scanParts(forward).rows.map(({ outer }) => outer))
    const back = scans.filter(
      (each) =>
        each.attrs.reverse === true &&
        !decided.has(each) &&
        each.inputs.some((input) => input && rows.has(input)),
    )
    for (const each of back) decided.add(each)
    for (const [node, nodes] of bothTurned(forward, back)) made.set(node, nodes)
  }
  graph.nodes = graph.nodes.flatMap((node) => made.get(node) ?? [node])
}

/** A loop and the ways back through it, or nothing: what one of them turns alone would have to be turned back for the other. */
function bothTurned(forward: Node, back: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const made = new Map<Node, readonly Node[]>()
  for (const node of [forward, ...back]) {
    const nodes = turned(node, node === forward)
    if (nodes !== undefined) {
      made.set(node, nodes)
      continue
    }
    for (const each of [...made.keys(), node]) restore(each)
    return new Map()
  }
  return made
}

/** Lets what a loop and its body compute be computed by them again. */
function restore(node: Node): void {
  for (const each of [node, ...scanParts(node).nodes]) {
    for (const output of each.outputs) output.node = each
  }
}

/** A loop on turned tensors; undefined where that cannot be, or where it has a choice and does not pay. */
function turned(node: Node, isChoice: boolean): readonly Node[] | undefined {
  const parts = scanParts(node)
  const sums = termsOf(parts)
  const states = parts.states.filter((state) => !sums.has(state))
  const [batch] = states[0]?.input.shape ?? []
  const areRows = states.every(
    ({ input }) => input.shape.length === 2 && isStatic(input.shape) && input.shape[0] === batch,
  )
  if (!areRows || typeof batch !== 'number') return undefined
  const size = sizeOfWeights(parts, states)
  if (isChoice && (!fits(parts, states, batch) || size < JOINED * batch)) return undefined
  const made = withTurnedBody(parts, new Set(states), new TurnedBody(batch, parts.scope))
  return isChoice && made?.isJoined === false && size < ALONE * batch ? undefined : made?.nodes
}

/** Numbers that a product takes at once: a batch is as many, some times over. */
const VECTOR = 16

/** How much larger weights must be than the batch on each side, where a sum of products is made one by it, and where it is not. */
const [JOINED, ALONE] = [2, 4]

/** Whether the batch fills vectors, and what must be turned before the loop is little. */
function fits({ sequences }: ScanParts, states: readonly ScanState[], batch: number): boolean {
  const units = Number(states[0]!.input.shape[1])
  return (
    batch >= VECTOR &&
    batch % VECTOR === 0 &&
    sequences.every(({ input: { shape } }) => shape.length < 2 || Number(shape.at(-1)) <= 2 * units)
  )
}

/** Weights that cost more to lay out than what is turned around the loop. */
const MANY = 2 ** 15

/** The smaller side of the largest weights that a state is multiplied with; 0 where those are few. */
function sizeOfWeights({ nodes }: ScanParts, states: readonly ScanState[]): number {
  const stateful = dependents(
    nodes,
    states.map(({ input }) => input),
  )
  const sizes = nodes.flatMap((node) => {
    const [a, b] = [namedInput(node, 'a'), namedInput(node, 'b')]
    if (!PRODUCTS.has(node.op) || !stateful.has(a!) || stateful.has(b!)) return []
    const [rows, columns] = b!.shape.slice(-2).map(Number) as [number, number]
    return isStatic(b!.shape) && rows * columns >= MANY ? Math.min(rows, columns) : []
  })
  return Math.max(0, ...sizes)
}

const PRODUCTS: ReadonlySet<string> = new Set(['BatchMatMul', '_FusedMatMul'])

function withTurnedBody(
  parts: ScanParts,
  own: ReadonlySet<ScanState>,
  body: TurnedBody,
): { readonly nodes: Node[]; readonly isJoined: boolean } | undefined {
  const before: Node[] = []
  const behind: Node[] = []
  const turn = (x: Value, perm: readonly number[], output: Value, nodes: Node[]) =>
    nodes.push(kernelNode('Transpose', { x }, [output], { attrs: { perm }, scope: parts.scope }))
  const swapped = ({ shape, dtype }: Value, axes: readonly number[]) =>
    createValue(
      axes.map((axis) => shape[axis] as Dim),
      dtype,
    )
  const inputs = new Map([...own].map(({ input }) => [input, swapped(input, [1, 0])] as const))
  for (const [input, value] of inputs) body.take(input, value)
  for (const { input } of parts.sequences) body.mayTurn(input)
  for (const { input } of parts.states) if (!inputs.has(input)) body.keep(input)
  if (!parts.nodes.every((node) => body.add(node))) return undefined
  const states = parts.states.map((state): ScanState => {
    const input = inputs.get(state.input)
    if (input === undefined) return { ...state, next: body.straight(state.next) }
    const end = swapped(state.end, [1, 0])
    turn(end, [1, 0], state.end, behind)
    const fill = uniformValue(state.start)
    const start =
      fill === undefined
        ? swapped(state.start, [1, 0])
        : filled(fill, input.shape, state.start.dtype)
    if (fill === undefined) turn(state.start, [1, 0], start, before)
    return { input, next: body.turned(state.next), start, end }
  })
  const rows = parts.rows.map(({ value, outer }) => {
    if (!body.isTurned(value) || value.shape.length !== 2)
      return { value: body.straight(value), outer }
    const stacked = swapped(outer, [0, 2, 1])
    turn(stacked, [0, 2, 1], outer, behind)
    return { value: body.turned(value), outer: stacked }
  })
  const result = { ...parts, states, rows, nodes: body.nodes }
  const isJoined = joinLoopProducts(result)
  return { nodes: [...before, scanNode(result), ...behind], isJoined }
}
