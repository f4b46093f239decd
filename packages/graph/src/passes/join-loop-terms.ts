import {
  broadcast,
  countUses,
  createValue,
  isConstant,
  kernelNode,
  type Node,
  type ScanParts,
  sameShape,
  type Value,
} from '../ir/index.ts'

/** Kernels for which the order does not matter but for rounding. */
const CHAINS = new Set(['Add', 'Multiply'])

/**
 * In chains of sums and of products, puts together what does not depend on the states of a loop: it can then be computed before it, and one kernel less is left in the loop.
 */
export function joinLoopTerms(parts: ScanParts): void {
  const stateful = new Set<Value>(parts.states.map(({ input }) => input))
  const uses = countUses({
    inputs: [],
    outputs: [...parts.states.map(({ next }) => next), ...parts.rows.map(({ value }) => value)].map(
      (value) => ({ name: '', value, state: false }),
    ),
    nodes: parts.nodes,
  })
  const own = new Set(parts.nodes)
  const nodes: Node[] = []
  for (const node of parts.nodes) {
    const [term, rest] = CHAINS.has(node.op) ? termAndRest(node, stateful) : []
    const inner = rest?.node
    if (term !== undefined && inner?.op === node.op && uses.get(rest!) === 1 && own.has(inner)) {
      const [innerTerm, innerRest] = termAndRest(inner, stateful)
      if (
        innerTerm !== undefined &&
        isPlain(node) &&
        isPlain(inner) &&
        sameTerms(term, innerTerm)
      ) {
        const shape = broadcast(term.shape, innerTerm.shape)!
        const joined = createValue(shape, term.dtype)
        own.delete(inner)
        nodes.push(kernelNode(node.op, { a: innerTerm, b: term }, [joined], node))
        own.add(joined.node!)
        node.inputs = [innerRest, joined]
      }
    }
    nodes.push(node)
    const isStateful = node.inputs.some((input) => input && stateful.has(input))
    if (isStateful) for (const output of node.outputs) stateful.add(output)
  }
  parts.nodes = nodes.filter((node) => own.has(node))
}

/** The operand that no state leads to, and the one that depends on them. */
function termAndRest(node: Node, stateful: ReadonlySet<Value>): [Value, Value] | [] {
  const [a, b] = node.inputs as [Value, Value]
  if (stateful.has(a) === stateful.has(b)) return []
  return stateful.has(a) ? [b, a] : [a, b]
}

function isPlain({ inputNames, outputs }: Node): boolean {
  return inputNames.join() === 'a,b' && outputs[0]!.dtype === 'float32'
}

/** Whether they broadcast to the larger of both. */
function sameTerms(a: Value, b: Value): boolean {
  if (isConstant(a) && isConstant(b)) return sameShape(a.shape, b.shape)
  const [short, long] = a.shape.length <= b.shape.length ? [a, b] : [b, a]
  const both = broadcast(short.shape, long.shape)
  return both !== undefined && sameShape(both, long.shape)
}
