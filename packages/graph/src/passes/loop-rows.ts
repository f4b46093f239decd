import {
  countUses,
  type Dim,
  type Graph,
  type GraphInput,
  type Node,
  namedInput,
  sameDim,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/**
 * A loop that counts up to the number of rows of one of its variables, and in each round writes the row of that number, collects rows: what the body gives
 * is an output of the loop for each round, and nothing is copied from round to round. For captured graphs.
 */
export function collectLoopRows(graph: Graph): void {
  graph.nodes = graph.nodes.map((node) =>
    node.domain === 'tfjs' && node.op === 'Loop' ? collected(node) : node,
  )
}

/** A variable of a loop. */
interface Variable {
  readonly input: GraphInput
  readonly start: Value
  readonly next: Value
  /** What it ends as. */
  readonly end: Value
}

function collected(node: Node): Node {
  const body = node.attrs.body as Graph
  const variables = body.inputs
    .filter(({ from }) => from === undefined)
    .map(
      (input, index): Variable => ({
        input,
        start: node.inputs[index + 1]!,
        next: body.outputs[index + 1]!.value,
        end: node.outputs[index]!,
      }),
    )
  const counters = variables.filter(isCounter)
  const rounds = roundsOf(body.outputs[0]!.value, counters)
  if (rounds === undefined) return node
  const uses = countUses(body)
  const rows = new Map<Variable, Value>()
  for (const variable of variables) {
    const row = rowOf(variable, counters, uses)
    const size = variable.start.shape[0]
    if (row !== undefined && size !== undefined && sameDim(size, rounds)) rows.set(variable, row)
  }
  return rows.size === 0 ? node : withRows(node, variables, rows)
}

/** Starts at 0 and grows by 1. */
function isCounter({ input, start, next }: Variable): boolean {
  const add = next.node
  if (uniformValue(start) !== 0 || start.shape.length > 0 || add?.op !== 'Add') return false
  const [a, b] = add.inputs
  const other = a === input.value ? b : b === input.value ? a : undefined
  return uniformValue(other) === 1
}

/** How many rounds there are, when only counters decide that: they go on while they are less than it. */
function roundsOf(condition: Value, counters: readonly Variable[]): Dim | undefined {
  const { node } = condition
  if (node?.op === 'LogicalAnd') {
    const [a, b] = node.inputs.map((input) => roundsOf(input!, counters))
    return a !== undefined && b !== undefined && sameDim(a, b) ? a : undefined
  }
  if (node?.op !== 'Less') return undefined
  const [counter, limit] = node.inputs as [Value, Value]
  return counters.some(({ next }) => next === counter) ? numberOf(limit) : undefined
}

function numberOf(value: Value): Dim | undefined {
  return value.sizes?.length === 1 ? value.sizes[0] : uniformValue(value)
}

/** What is written, as the row of the counter, into a variable that nothing else reads. */
function rowOf(
  { input, next }: Variable,
  counters: readonly Variable[],
  uses: ReadonlyMap<Value, number>,
): Value | undefined {
  const write = next.node
  if (write?.op !== 'TensorScatterUpdate' || uses.get(input.value) !== 1) return undefined
  const [target, places, rows] = ['tensor', 'indices', 'updates'].map((name) =>
    namedInput(write, name),
  ) as [Value, Value, Value]
  const place = places.node?.op === 'Reshape' ? places.node.inputs[0] : undefined
  const isOwn = target === input.value && uses.get(next) === 1
  const isCounted = counters.some((counter) => counter.input.value === place)
  const row = rows.node?.op === 'ExpandDims' ? rows.node.inputs[0] : undefined
  const isRow = row !== undefined && sameShape(row.shape, target.shape.slice(1))
  return isOwn && isCounted && isRow ? row : undefined
}

/** The loop with the rows as outputs of their own, behind those of its variables. */
function withRows(
  node: Node,
  variables: readonly Variable[],
  rows: ReadonlyMap<Variable, Value>,
): Node {
  const body = node.attrs.body as Graph
  const kept = variables.filter((variable) => !rows.has(variable))
  const inputs = [node.inputs[0], ...kept.map(({ start }) => start)]
  const formals = inputs.length
  body.inputs = [
    ...kept.map(({ input }) => input),
    ...body.inputs.flatMap((input) =>
      input.from === undefined ? [] : { ...input, from: inputs.push(node.inputs[input.from]) - 1 },
    ),
  ]
  const earlier = body.outputs.slice(variables.length + 1)
  body.outputs = [
    body.outputs[0]!,
    ...kept.map(({ next }, index) => ({ name: `y${index + 1}`, value: next, state: false })),
    ...earlier,
    ...[...rows.values()].map((value, index) => ({ name: `row${index}`, value, state: false })),
  ]
  const outputs = [
    ...kept.map(({ end }) => end),
    ...node.outputs.slice(variables.length),
    ...[...rows.keys()].map(({ end }) => end),
  ]
  const inputNames = inputs.slice(0, formals).map((_, index) => String(index))
  const result: Node = { ...node, inputs, inputNames, formals, outputs }
  for (const output of outputs) output.node = result
  return result
}
