import {
  type Graph,
  type GraphOutput,
  isStatic,
  type Node,
  readersOf,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/**
 * The element-by-element arithmetic that makes the next values of some variables of equal shape: an optimizer's update of one weight and
 * its slots. Everything in it works on each element alone, so it may be cut and joined at will.
 */
export interface UpdateComponent {
  /** The variables' next values, in the graph's order. */
  readonly outputs: readonly GraphOutput[]
  /** Nodes of the arithmetic, in order. */
  readonly nodes: readonly Node[]
  /** Tensors of full size that come from outside: gradients and current values. */
  readonly leaves: readonly Value[]
  /** Number of elements. */
  readonly size: number
  /** Equal for components that do the same: ops, attributes, scalars and wiring, but no sizes. */
  readonly signature: string
}

/** What is computed in place of updates, and the state that it writes. */
export interface Rewrite {
  readonly nodes: readonly Node[]
  readonly outputs: readonly GraphOutput[]
}

/** Ops that make each element of the result from the elements at the same place. */
export const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Sqrt',
  'Neg',
  'Abs',
  'Sign',
  'Exp',
  'Reciprocal',
  'Max',
  'Min',
  'Pow',
  'Relu',
])

/**
 * Finds the update components of a lowered graph.
 *
 * @param first what variables are to hold before other nodes write some rows over it.
 */
export function findUpdates(graph: Graph, first: readonly GraphOutput[] = []): UpdateComponent[] {
  const written = [...graph.outputs, ...first]
  const owner = assignNodes(graph, written, new Set(first.map(({ value }) => value)))
  const components = new Map<number, { outputs: GraphOutput[]; nodes: Node[] }>()
  const at = (id: number) => {
    let found = components.get(id)
    if (found === undefined) {
      found = { outputs: [], nodes: [] }
      components.set(id, found)
    }
    return found
  }
  for (const output of written) {
    const id = output.value.node && owner.get(output.value.node)
    if (id !== undefined) at(id).outputs.push(output)
  }
  for (const node of graph.nodes) {
    const id = owner.get(node)
    if (id !== undefined) at(id).nodes.push(node)
  }
  return [...components.values()].map(({ outputs, nodes }) => describe(outputs, nodes))
}

/**
 * Gives each node of an update the number of its component. Works backwards: a node belongs when it is elementwise and all readers of
 * its result belong to one component or are state outputs.
 */
function assignNodes(
  graph: Graph,
  written: readonly GraphOutput[],
  first: ReadonlySet<Value>,
): Map<Node, number> {
  const parent = new Map<number, number>()
  const find = (id: number): number => {
    const up = parent.get(id)!
    return up === id ? id : find(up)
  }
  const readers = readersOf(graph)
  const outputs = new Map<Value, boolean>()
  for (const { value, state } of written) outputs.set(value, state && outputs.get(value) !== false)
  const owner = new Map<Node, number>()
  for (const [index, node] of graph.nodes.toReversed().entries()) {
    const value = node.outputs[0]!
    if (!isUpdateArithmetic(node) || outputs.get(value) === false) continue
    const all = readers.get(value) ?? []
    const users = first.has(value) ? all.filter((user) => !isWriter(user, value)) : all
    if (users.length === 0 && !outputs.has(value)) continue
    if (!users.every((user) => owner.has(user) && sameSize(user.outputs[0]!, value))) continue
    const ids = users.map((user) => find(owner.get(user)!))
    parent.set(index, index)
    for (const id of ids) parent.set(id, index)
    owner.set(node, index)
  }
  return new Map([...owner].map(([node, id]) => [node, find(id)]))
}

/** Whether a node writes some rows over a value. */
export function isWriter({ op, domain, inputs }: Node, value: Value): boolean {
  const [data, ...others] = inputs
  return domain === '' && op === 'ScatterND' && data === value && !others.includes(value)
}

function isUpdateArithmetic(node: Node): boolean {
  const output = node.outputs[0]!
  if (node.domain !== '' || !ELEMENTWISE.has(node.op) || output.dtype !== 'float32') return false
  return (
    isStatic(output.shape) &&
    node.inputs.every((input) => isScalar(input!) || sameSize(input!, output))
  )
}

export function isScalar(value: Value): boolean {
  return sizeOf(value.shape) === 1
}

function sameSize(a: Value, b: Value): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis])
}

function describe(outputs: readonly GraphOutput[], nodes: readonly Node[]): UpdateComponent {
  const numbers = new Map<Value, string>()
  const leaves: Value[] = []
  const lines: string[] = []
  for (const [index, node] of nodes.entries()) {
    const inputs = node.inputs.map((input) => {
      const known = numbers.get(input!)
      if (known !== undefined) return known
      // A variable of one number has an axis all the same, which what all updates share has not.
      if (isScalar(input!) && !sameSize(input!, node.outputs[0]!)) return `s${input!.id}`
      const name = `l${leaves.length}`
      leaves.push(input!)
      numbers.set(input!, name)
      return name
    })
    numbers.set(node.outputs[0]!, `n${index}`)
    lines.push(`${node.op}(${inputs})`)
  }
  const results = outputs.map(({ value }) => numbers.get(value))
  return {
    outputs,
    nodes,
    leaves,
    size: Number(sizeOf(outputs[0]!.value.shape)),
    signature: `${lines.join(';')}>${results}`,
  }
}
