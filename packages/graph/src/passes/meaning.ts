import { type Node, sameShape, uniformValue, type Value } from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'

/** What a captured kernel that works number by number makes of the numbers at one place. */
export function meaningOf(node: Node): ((...numbers: number[]) => number) | undefined {
  if (node.domain !== 'tfjs' || node.outputs.length !== 1) return undefined
  const { exact, pointwise } = findKernel(node.op) ?? {}
  const of = exact?.of ?? pointwise
  return of && ((...numbers) => Number(of(...numbers, node.attrs)))
}

/** What asks for numbers that are not finite guards against them, and is no part of a function that has a name. */
const GUARDS: ReadonlySet<string> = new Set(['IsNan', 'IsInf', 'IsFinite'])

/** Chains longer than this are no function that has a name. */
const LONGEST = 40

/**
 * The values that follow from given ones alone, number by number, of their shape; in order. Numbers that are the same everywhere may take part.
 *
 * @param readers who reads a value, in the order of the graph.
 */
export function pointwiseOf(
  given: readonly Value[],
  readers: ReadonlyMap<Value, readonly Node[]>,
): Value[] {
  const [first] = given as [Value]
  const found = new Set(given)
  const isKnown = (input: Value | undefined) =>
    input !== undefined && (found.has(input) || uniformValue(input) !== undefined)
  const pending = [...given]
  for (let each = pending.shift(); each !== undefined; each = pending.shift()) {
    for (const node of readers.get(each) ?? []) {
      const [output] = node.outputs as [Value]
      if (found.has(output) || !node.inputs.every(isKnown)) continue
      if (!sameShape(output.shape, first.shape) || meaningOf(node) === undefined) continue
      if (GUARDS.has(node.op)) continue
      if (found.size > LONGEST) return []
      found.add(output)
      pending.push(output)
    }
  }
  return [...found].slice(given.length)
}

/** What a value is where others have these numbers; it must follow from them number by number. */
export function numberOf(value: Value, known: Map<Value, number>): number {
  const number = known.get(value) ?? uniformValue(value)
  if (number !== undefined) return number
  const node = value.node!
  const inputs = node.inputs.map((input) => numberOf(input!, known))
  const result = meaningOf(node)!(...inputs)
  known.set(value, result)
  return result
}

/** The numbers, other than zero, that a value is made with where it follows from others number by number: in kernels' inputs, and their attributes. */
export function constantsOf(value: Value, from: readonly Value[]): Set<number> {
  const found = new Set<number>()
  const seen = new Set<Value>(from)
  const visit = (each: Value) => {
    if (seen.has(each)) return
    seen.add(each)
    const number = uniformValue(each)
    if (number !== undefined) return found.add(Math.abs(number))
    const { attrs, inputs } = each.node!
    for (const attr of Object.values(attrs)) {
      if (typeof attr === 'number') found.add(Math.abs(attr))
    }
    for (const input of inputs) visit(input!)
  }
  visit(value)
  return new Set([...found].filter((each) => each > 0 && Number.isFinite(each)))
}

/** The nodes that lead from one value to another number by number, in order; undefined where it does not follow from that alone. */
export function pointwiseBetween(from: Value, to: Value): Node[] | undefined {
  const nodes = new Set<Node>()
  const visit = (value: Value | undefined): boolean => {
    if (value === undefined) return false
    if (value === from || uniformValue(value) !== undefined) return true
    const { node } = value
    if (node === undefined || nodes.size > LONGEST) return false
    if (nodes.has(node)) return true
    if (!sameShape(value.shape, from.shape) || meaningOf(node) === undefined) return false
    if (!node.inputs.every(visit)) return false
    nodes.add(node)
    return true
  }
  return visit(to) ? [...nodes] : undefined
}
