import {
  countUses,
  dependents,
  emitter,
  filled,
  kernelNode,
  type Node,
  namedInput,
  type ScanParts,
  sameShape,
  type Value,
} from '../ir/index.ts'

/** A sum of products, each of weights with columns that are others in each step, and of what is added to each column. */
interface Terms {
  readonly weights: readonly Value[]
  readonly columns: readonly Value[]
  readonly bias: Value | undefined
  /** All that computes it, the sum last. */
  readonly nodes: readonly Node[]
}

/**
 * Makes one product of the sum of several in a loop: what comes in is multiplied along with the state. Before the loop, for all steps at once, it would be a tensor as wide as all gates
 * that is written for each step, gets its bias, and is read again. For captured kernels.
 *
 * @returns whether there was such a sum.
 */
export function joinLoopProducts(parts: ScanParts): boolean {
  const states = parts.states.map(({ input }) => input)
  const stateful = dependents(parts.nodes, states)
  const changing = dependents(parts.nodes, [
    ...states,
    ...parts.sequences.map(({ input }) => input),
  ])
  const joined = [...sumsOf(parts, changing)].filter(
    ({ weights, columns }) => weights.length > 1 && columns.some((each) => stateful.has(each)),
  )
  const replaced = new Map<Node, readonly Node[]>()
  for (const terms of joined) {
    for (const node of terms.nodes) replaced.set(node, [])
    replaced.set(terms.nodes.at(-1)!, oneProduct(terms, stateful))
  }
  parts.nodes = parts.nodes.flatMap((node) => replaced.get(node) ?? [node])
  return joined.length > 0
}

function sumsOf(parts: ScanParts, changing: ReadonlySet<Value>): Iterable<Terms> {
  const results = [...parts.states.map(({ next }) => next), ...parts.rows.map(({ value }) => value)]
  const uses = countUses({
    inputs: [],
    outputs: results.map((value) => ({ name: '', value, state: false })),
    nodes: parts.nodes,
  })
  const found = new Map<Value, Terms>()
  for (const node of parts.nodes) {
    const [output] = node.outputs as [Value]
    const product = productOf(node, changing)
    if (product !== undefined) found.set(output, product)
    if (node.op !== 'Add') continue
    const [a, b] = node.inputs as [Value, Value]
    // A term that is stretched to the sum has not the rows or not the columns that one product of all would take of it.
    const [left, right] = [a, b].map((each) =>
      uses.get(each) === 1 && sameShape(each.shape, output.shape) ? found.get(each) : undefined,
    )
    const isBias = (value: Value) =>
      !changing.has(value) &&
      value.dtype === 'float32' &&
      sameShape(value.shape, [output.shape[0]!, 1])
    const sum =
      left !== undefined && right !== undefined
        ? both(left, right)
        : left !== undefined && left.bias === undefined && isBias(b)
          ? { ...left, bias: b }
          : right !== undefined && right.bias === undefined && isBias(a)
            ? { ...right, bias: a }
            : undefined
    if (sum === undefined) continue
    found.set(output, { ...sum, nodes: [...sum.nodes, node] })
    found.delete(a)
    found.delete(b)
  }
  return found.values()
}

/** A product of two matrices as they are, the first of which is the same in each step. */
function productOf(node: Node, changing: ReadonlySet<Value>): Terms | undefined {
  if (node.op !== 'BatchMatMul' || node.attrs.transposeA === true) return undefined
  const [weights, columns] = [namedInput(node, 'a')!, namedInput(node, 'b')!]
  // A bias is a column that is multiplied with ones of float32.
  const isPlain =
    node.attrs.transposeB !== true &&
    [weights, columns].every(({ shape, dtype }) => shape.length === 2 && dtype === 'float32')
  if (!isPlain || changing.has(weights) || !changing.has(columns)) return undefined
  return { weights: [weights], columns: [columns], bias: undefined, nodes: [node] }
}

function both(a: Terms, b: Terms): Terms | undefined {
  if (a.bias !== undefined && b.bias !== undefined) return undefined
  return {
    weights: [...a.weights, ...b.weights],
    columns: [...a.columns, ...b.columns],
    bias: a.bias ?? b.bias,
    nodes: [...a.nodes, ...b.nodes],
  }
}

/** The product of all weights side by side with all columns one below the other. What no state leads to is put together first: that is done before the loop. */
function oneProduct(
  { weights, columns, bias, nodes }: Terms,
  stateful: ReadonlySet<Value>,
): Node[] {
  const sum = nodes.at(-1)!
  const made: Node[] = []
  const emit = emitter(made, sum.scope)
  const [rows, width] = sum.outputs[0]!.shape as [number, number]
  const concat = (parts: readonly Value[], axis: 0 | 1): Value => {
    if (parts.length === 1) return parts[0]!
    const named = Object.fromEntries(parts.map((each, index) => [String(index), each]))
    const length = parts.reduce((total, { shape }) => total + Number(shape[axis]), 0)
    return emit('Concat', named, axis === 0 ? [length, width] : [rows, length], { axis })
  }
  const order = [...weights.keys()].sort(
    (a, b) => Number(stateful.has(columns[b]!)) - Number(stateful.has(columns[a]!)),
  )
  const own = order.map((at) => columns[at]!)
  const early = own.filter((each) => !stateful.has(each))
  const one = filled(1, [1, width], 'float32')
  const fixed = bias === undefined ? early : [...early, one]
  const late = own.filter((each) => stateful.has(each))
  const column = concat(fixed.length === 0 ? late : [...late, concat(fixed, 0)], 0)
  const matrix = concat(
    [...order.map((at) => weights[at]!), ...(bias === undefined ? [] : [bias])],
    1,
  )
  made.push(
    kernelNode('BatchMatMul', { a: matrix, b: column }, sum.outputs, {
      attrs: { transposeA: false, transposeB: false },
      scope: sum.scope,
    }),
  )
  return made
}
