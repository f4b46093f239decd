import {
  type Graph,
  isScan,
  type Node,
  replaceUses,
  scanNode,
  scanParts,
  type Value,
} from '../ir/index.ts'
import { AroundScan } from './around-scan.ts'
import { joinLoopTerms } from './join-loop-terms.ts'
import { withoutAccumulators } from './scan-sums.ts'

/**
 * Leaves in a loop only what must be computed step by step. What does not depend on the states is computed before it, for all steps at once: the product of the input with its kernel is
 * one matrix product. What no state depends on is computed behind it: so are the derivatives by the kernels, each one product along all steps.
 */
export function partScans(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  graph.nodes = graph.nodes.flatMap((node) => (isScan(node) ? parted(node, replacements) : [node]))
  replaceUses(graph, replacements)
}

function parted(node: Node, replacements: Map<Value, Value>): Node[] {
  const parts = scanParts(node)
  const time = parts.sequences[0]!.outer.shape[0]!
  joinLoopTerms(parts)
  const around = new AroundScan(parts, time)
  parts.nodes = parts.nodes.filter((each) => !around.lift(each))
  const sums = withoutAccumulators(around)
  around.sinkRows()
  for (const [end, sum] of sums) replacements.set(end, sum)
  const inLoop = around.finish()
  for (const [outer, value] of around.replaced) replacements.set(outer, value)
  const isEmpty = inLoop.states.length === 0 && inLoop.rows.length === 0
  return [...around.before, ...(isEmpty ? [] : [scanNode(inLoop)]), ...around.behind]
}
