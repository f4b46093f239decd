import {
  type Graph,
  isConstant,
  type Node,
  replaceUses,
  subgraphsOf,
  type Value,
} from '../ir/index.ts'

/**
 * Lets graphs that nodes hold see what does not change: constants from outside as they are, and the variables that a loop gives back unchanged as
 * values from outside. Then weights that a loop hands on are weights to the passes that come after. For captured graphs.
 */
export function simplifySubgraphInputs(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  graph.nodes = graph.nodes.map((node) => {
    if (node.formals === undefined) return node
    const result = node.op === 'Loop' ? withoutInvariants(node, replacements) : node
    for (const inner of subgraphsOf(result)) {
      bringInConstants(inner, result)
      simplifySubgraphInputs(inner)
    }
    return result
  })
  replaceUses(graph, replacements)
}

function bringInConstants(graph: Graph, { inputs }: Node): void {
  const constants = new Map<Value, Value>()
  graph.inputs = graph.inputs.filter(({ value, from }) => {
    const outer = from === undefined ? undefined : inputs[from]
    if (outer === undefined || !isConstant(outer)) return true
    constants.set(value, outer)
    return false
  })
  replaceUses(graph, constants)
}

/** A loop whose variables all change. What it said of the others is what they began as. */
function withoutInvariants(node: Node, replacements: Map<Value, Value>): Node {
  const body = node.attrs.body as Graph
  const variables = body.inputs.filter(({ from }) => from === undefined)
  const changes = variables.map(({ value }, index) => body.outputs[index + 1]!.value !== value)
  if (changes.every(Boolean)) return node
  // Behind the variables are the rows that a loop collects.
  const isKept = (_: unknown, place: number) => place === 0 || (changes[place - 1] ?? true)
  const inputs = node.inputs.slice(0, node.formals).filter(isKept)
  const formals = inputs.length
  const outside = (value: Value, outer: Value | undefined) => ({
    name: '',
    value,
    state: false,
    from: inputs.push(outer) - 1,
  })
  body.inputs = [
    ...variables.filter((_, index) => changes[index]),
    ...body.inputs.flatMap(({ value, from }) =>
      from === undefined ? [] : outside(value, node.inputs[from]),
    ),
    ...variables.flatMap(({ value }, index) =>
      changes[index] ? [] : outside(value, node.inputs[index + 1]),
    ),
  ]
  body.outputs = body.outputs.filter(isKept)
  for (const [index, output] of node.outputs.entries()) {
    if (changes[index] === false) replacements.set(output, node.inputs[index + 1]!)
  }
  const outputs = node.outputs.filter((_, index) => changes[index] ?? true)
  const inputNames = inputs.slice(0, formals).map((_, index) => String(index))
  const result: Node = { ...node, inputs, inputNames, formals, outputs }
  for (const output of outputs) output.node = result
  return result
}
