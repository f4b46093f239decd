import { countUses, type ScanParts, type ScanState, uniformValue, type Value } from '../ir/index.ts'
import type { AroundScan } from './around-scan.ts'

/**
 * Takes states that only add up out of a loop, where their sum can be computed for all steps at once behind it.
 *
 * @returns the sums, by what the loop gave in their place.
 */
export function withoutAccumulators(around: AroundScan): Map<Value, Value> {
  const sums = new Map<Value, Value>()
  const { parts } = around
  const terms = termsOf(parts)
  around.keepFor(parts.states.filter((state) => !terms.has(state)))
  parts.states = parts.states.filter((state) => {
    const term = terms.get(state)
    const sum = term && around.sumOf(term)
    if (sum === undefined) return true
    sums.set(state.end, sum)
    return false
  })
  return sums
}

/** What is added in each step, by the states that only add up. */
export function termsOf({ states, rows, nodes }: ScanParts): ReadonlyMap<ScanState, Value> {
  const outputs = [...states.map(({ next }) => next), ...rows.map(({ value }) => value)]
  const uses = countUses({
    inputs: [],
    outputs: outputs.map((value) => ({ name: '', value, state: false })),
    nodes,
  })
  const terms = new Map<ScanState, Value>()
  for (const state of states) {
    const term = termOf(state, uses)
    if (term !== undefined) terms.set(state, term)
  }
  return terms
}

/** What is added in each step to a state that begins at zero and that nothing else reads. */
function termOf(
  { input, next, start }: ScanState,
  uses: ReadonlyMap<Value, number>,
): Value | undefined {
  const { node } = next
  if (node?.op !== 'Add' || uniformValue(start) !== 0) return undefined
  if (uses.get(input) !== 1 || uses.get(next) !== 1) return undefined
  const [a, b] = node.inputs as [Value, Value]
  return a === input ? b : b === input ? a : undefined
}
