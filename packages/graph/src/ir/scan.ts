import type { Graph, Node, Value } from './graph.ts'

/**
 * A `Scan` taken apart. Its body is computed for each step of sequences, with the time as their first axis. It takes the states and a slice of each sequence, and gives the next
 * states and rows, which are put side by side as sequences.
 */
export interface ScanParts {
  states: ScanState[]
  sequences: Taken[]
  /** What the body takes of the graph around it, the same for all steps. */
  taken: Taken[]
  rows: Row[]
  nodes: Node[]
  /** Whether it goes from the last step to the first. A row still stands where the slices stood that it came of. */
  readonly reverse: boolean
  readonly scope: string
}

export interface ScanState {
  /** In the body. */
  readonly input: Value
  next: Value
  /** Around it. */
  start: Value
  readonly end: Value
}

export interface Taken {
  /** In the body. */
  readonly input: Value
  outer: Value
}

export interface Row {
  /** In the body. */
  value: Value
  readonly outer: Value
}

/** Whether a node of a captured graph is a `Scan`. */
export function isScan({ domain, op }: Node): boolean {
  return domain === 'tfjs' && op === 'Scan'
}

/** A `Scan` taken apart; {@link scanNode} puts it together again. */
export function scanParts(node: Node): ScanParts {
  const body = node.attrs.body as Graph
  const count = node.attrs.states as number
  const own = body.inputs.filter(({ from }) => from === undefined)
  return {
    states: own.slice(0, count).map(({ value }, index) => ({
      input: value,
      next: body.outputs[index]!.value,
      start: node.inputs[index]!,
      end: node.outputs[index]!,
    })),
    sequences: own
      .slice(count)
      .map(({ value }, index) => ({ input: value, outer: node.inputs[count + index]! })),
    taken: body.inputs.flatMap(({ value, from }) =>
      from === undefined ? [] : { input: value, outer: node.inputs[from]! },
    ),
    rows: body.outputs
      .slice(count)
      .map(({ value }, index) => ({ value, outer: node.outputs[count + index]! })),
    nodes: body.nodes,
    reverse: node.attrs.reverse as boolean,
    scope: node.scope,
  }
}

/** The node of such parts. */
export function scanNode({
  states,
  sequences,
  taken,
  rows,
  nodes,
  reverse,
  scope,
}: ScanParts): Node {
  const formals = [...states.map(({ start }) => start), ...sequences.map(({ outer }) => outer)]
  const input = (value: Value, name: string) => ({ name, value, state: false })
  const body: Graph = {
    inputs: [
      ...[...states, ...sequences].map((each, index) => input(each.input, `x${index}`)),
      ...taken.map((each, index) => ({ ...input(each.input, ''), from: formals.length + index })),
    ],
    outputs: [...states.map(({ next }) => next), ...rows.map(({ value }) => value)].map(
      (value, index) => ({ name: `y${index}`, value, state: false }),
    ),
    nodes,
  }
  const node: Node = {
    op: 'Scan',
    domain: 'tfjs',
    inputNames: formals.map((_, index) => String(index)),
    inputs: [...formals, ...taken.map(({ outer }) => outer)],
    attrs: { body, states: states.length, reverse },
    formals: formals.length,
    outputs: [...states.map(({ end }) => end), ...rows.map(({ outer }) => outer)],
    scope,
  }
  for (const output of node.outputs) output.node = node
  return node
}
