import {
  bytesOf,
  type Graph,
  isConstant,
  isStatic,
  type Node,
  readersOf,
  sameShape,
  type Value,
} from '../ir/index.ts'

/** Nodes that can be computed together: whatever one takes from outside comes of none of the others. */
export interface Chain {
  /** Of each result of its nodes. */
  readonly shape: readonly number[]
  /** In order. */
  readonly nodes: readonly Node[]
  /** What others take of it. */
  readonly results: readonly Value[]
  /** Bytes that its nodes read and write by themselves, but not together. */
  readonly spared: number
}

/** Ops that make each element of the result of the elements at the same place, where operands broadcast. */
const OPS: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Neg', 'Abs', 'Sign', 'Sqrt', 'Reciprocal'],
  ...['Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'LeakyRelu', 'Elu', 'HardSigmoid', 'Clip'],
  ...['ThresholdedRelu', 'Softsign'],
  ...['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'Not', 'And', 'Or', 'Where'],
  ...['Cast', 'BitShift'],
])

/** A chain must do with so much of the traffic over memory that its nodes have by themselves. */
const WORTH = 0.42

/** Nodes this close to the first of a chain run close to it. */
const NEAR = 24

/**
 * The chains of a lowered graph whose tensors are of one shape each.
 *
 * @param accepts tells whether chains on tensors of a shape, of so many bytes, are looked for.
 */
export function findChains(
  graph: Graph,
  accepts: (shape: readonly number[], bytes: number) => boolean,
): Chain[] {
  const groups = new Map<Node, Group>()
  /** Groups that a value of others comes of, directly or by nodes in none. */
  const sources = new Map<Node, ReadonlySet<Group>>()
  const kept = new Set(graph.outputs.map(({ value }) => value))
  const sourcesOf = (value: Value | undefined): ReadonlySet<Group> => {
    const node = value?.node
    const group = node && groups.get(node)
    if (group !== undefined) return new Set([group])
    return (node && sources.get(node)) ?? NONE
  }
  /** The last group of which a node read a part of a value in each round. */
  const lastReaders = new Map<Value, Group>()
  for (const [place, node] of graph.nodes.entries()) {
    const [result] = node.outputs
    const shape = result?.shape ?? []
    const isPart =
      !kept.has(result!) &&
      isStatic(shape) &&
      isElementwise(node, shape) &&
      accepts(shape, largest(node))
    if (!isPart) {
      const all = new Set(node.inputs.flatMap((input) => [...sourcesOf(input)]))
      if (all.size > 0) sources.set(node, all)
      continue
    }
    const own = [
      ...node.inputs.map((input) => input?.node && groups.get(input.node)),
      // Or with what has just read the same: what is read much later would be kept for long.
      ...node.inputs.map((input) => {
        const last = lastReaders.get(input!)
        return last && place - last.place <= NEAR ? last : undefined
      }),
    ]
    const group =
      own.find((each) => each && sameShape(each.shape, shape) && canJoin(each, node, sourcesOf)) ??
      ({ shape, place, nodes: [], sources: new Set() } satisfies Group)
    group.nodes.push(node)
    for (const input of node.inputs) {
      for (const each of sourcesOf(input)) if (each !== group) group.sources.add(each)
    }
    groups.set(node, group)
    for (const input of node.inputs) {
      if (isCut(input!, shape) && !isConstant(input!)) lastReaders.set(input!, group)
    }
  }
  const readers = readersOf(graph)
  return [...new Set(groups.values())]
    .map((group) => describe(group, readers))
    .filter((chain) => chain !== undefined)
}

const NONE: ReadonlySet<Group> = new Set()

interface Group {
  readonly shape: readonly number[]
  /** Of its first node in the graph. */
  readonly place: number
  readonly nodes: Node[]
  /** Groups that it takes something of, directly or by nodes in none. */
  readonly sources: Set<Group>
}

/** Whether nothing that the node takes from outside of a group comes of the group. */
function canJoin(
  group: Group,
  node: Node,
  sourcesOf: (value: Value | undefined) => ReadonlySet<Group>,
): boolean {
  const seen = new Set<Group>()
  const pending = node.inputs
    .filter((input) => input?.node === undefined || !group.nodes.includes(input.node))
    .flatMap((input) => [...sourcesOf(input)])
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (each === group) return false
    if (seen.has(each)) continue
    seen.add(each)
    pending.push(...each.sources)
  }
  return true
}

/** What a group is as a chain; undefined where it does not pay. */
function describe(
  { shape, nodes }: Group,
  readers: ReadonlyMap<Value, readonly Node[]>,
): Chain | undefined {
  const own = new Set(nodes)
  const made = new Set(nodes.map(({ outputs }) => outputs[0]))
  const results = nodes
    .map(({ outputs }) => outputs[0]!)
    .filter((value) => readers.get(value)?.some((reader) => !own.has(reader)))
  if (results.length === 0) return undefined
  const alone = traffic(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]))
  const outside = nodes.flatMap(({ inputs }) => inputs).filter((value) => !made.has(value))
  const together = traffic([...new Set(outside), ...results])
  return together <= WORTH * alone ? { shape, nodes, results, spared: alone - together } : undefined
}

/** Bytes of the largest tensor of a node; masks lie between tensors of floats, whose places they have. */
function largest({ inputs, outputs }: Node): number {
  const bytes = (value: Value) => bytesOf({ ...value, dtype: 'float32' })
  return Math.max(...[...inputs, ...outputs].map((value) => bytes(value!)))
}

function traffic(values: readonly (Value | undefined)[]): number {
  return values.reduce((sum, value) => sum + bytesOf(value!), 0)
}

/** Operands broadcast along axes that the first is none of, or are cut along it as the result is. */
function isElementwise({ op, domain, inputs, outputs }: Node, shape: readonly number[]): boolean {
  if (domain !== '' || !OPS.has(op) || outputs.length !== 1) return false
  return inputs.every((input) => {
    if (input === undefined || !isStatic(input.shape)) return false
    if (input.shape.length > shape.length) return false
    return isCut(input, shape) ? input.shape[0] === shape[0] && !isConstant(input) : true
  })
}

/** Whether an operand is cut along its first axis where a result of a shape is; others are the same in all rounds. */
export function isCut(operand: Value, shape: readonly number[]): boolean {
  return operand.shape.length === shape.length && operand.shape[0] !== 1
}
