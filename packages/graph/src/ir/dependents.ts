import type { Node, Value } from './graph.ts'

/** All values that follow from some, and those. */
export function dependents(nodes: readonly Node[], values: readonly Value[]): Set<Value> {
  const found = new Set(values)
  for (const { inputs, outputs } of nodes) {
    if (inputs.some((input) => input && found.has(input)))
      for (const each of outputs) found.add(each)
  }
  return found
}
