import {
  filled,
  isConstant,
  type Node,
  type ScanParts,
  scanNode,
  scanParts,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/**
 * A scan of what is read of it: without rows and states that nobody needs, what is computed for them alone, and sequences of one number. A state that only leads to itself is not needed.
 *
 * @param live what is read in the graph around it.
 */
export function prunedScan(node: Node, live: ReadonlySet<Value>): Node {
  const parts = scanParts(node)
  const rows = parts.rows.filter(({ outer }) => live.has(outer))
  const needed = neededIn(
    parts,
    parts.states.filter(({ end }) => live.has(end)),
    rows.map(({ value }) => value),
  )
  const states = parts.states.filter(({ input, end }) => needed.has(input) || live.has(end))
  const used = parts.sequences.filter(({ input }) => needed.has(input))
  const known = new Map<Value, Value>()
  for (const { input, outer } of used) {
    const fill = uniformValue(outer)
    if (fill !== undefined) known.set(input, filled(fill, input.shape, input.dtype))
  }
  const put = (value: Value) => known.get(value) ?? value
  // The number of steps is that of the sequences.
  const sequences = used.filter(({ input }) => !known.has(input))
  const [first] = parts.sequences
  const kept = sequences.length > 0 ? sequences : used.slice(0, 1)
  return scanNode({
    ...parts,
    states: states.map((each) => ({ ...each, next: put(each.next) })),
    sequences: kept.length > 0 ? kept : [first!],
    taken: parts.taken.filter(({ input }) => needed.has(input)),
    rows: rows.map((each) => ({ ...each, value: put(each.value) })),
    nodes: parts.nodes
      .filter(({ outputs }) => outputs.some((output) => needed.has(output)))
      .map((each) => {
        each.inputs = each.inputs.map((input) => input && put(input))
        return each
      }),
  })
}

/** All that leads to some rows and to some states, in whatever number of steps. */
function neededIn(
  { states, nodes }: ScanParts,
  wanted: readonly ScanParts['states'][number][],
  rows: readonly Value[],
): ReadonlySet<Value> {
  const needed = new Set<Value>(rows)
  const open = new Set(wanted)
  const done = new Set<ScanParts['states'][number]>()
  for (;;) {
    for (const state of open) {
      needed.add(state.next)
      done.add(state)
    }
    for (const { inputs, outputs } of nodes.toReversed()) {
      if (!outputs.some((output) => needed.has(output))) continue
      for (const input of inputs) if (input && !isConstant(input)) needed.add(input)
    }
    open.clear()
    for (const state of states) if (needed.has(state.input) && !done.has(state)) open.add(state)
    if (open.size === 0) return needed
  }
}
