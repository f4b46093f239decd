import { uniformValue, type Value } from '../ir/index.ts'

/** Numbers nearer to zero, zero aside, have a reciprocal beyond float32. */
const TINY = 2 ** -126

/** Where a float32 is added that is no smaller, what is left is zero or larger than `TINY`: its last digit stands for more than that. */
const SEEN = 2 ** -90

/** What no number is changed by, and what takes a sign. */
const SAME: ReadonlySet<string> = new Set([
  ...['Identity', 'Reshape', 'ExpandDims', 'Squeeze', 'Tile', 'BroadcastTo', 'Transpose'],
  ...['Neg', 'Abs'],
])

/**
 * Whether a captured value surely has no number that is near to zero and not zero, so that its reciprocal, as a factor, is a quotient: zero by 1e-39 is zero, and zero times infinity is not a number. A square root
 * has none, and what a number is added to that is not tiny itself.
 */
export function hasReciprocals(value: Value): boolean {
  const uniform = uniformValue(value)
  if (uniform !== undefined) return isPlain(uniform)
  if (value.data !== undefined) return Array.from(value.data, Number).every(isPlain)
  const { node } = value
  if (node?.domain !== 'tfjs') return false
  const numbers = node.inputs.map((input) =>
    input === undefined ? undefined : uniformValue(input),
  )
  if (SAME.has(node.op)) return hasReciprocals(node.inputs[0]!)
  if (node.op === 'Sqrt') return true
  if (node.op === 'Add' || node.op === 'Sub') {
    return numbers.some((each) => Math.abs(each ?? 0) >= SEEN)
  }
  return node.op === 'Maximum' && numbers.some((each) => (each ?? 0) >= TINY)
}

function isPlain(number: number): boolean {
  return number === 0 || !(Math.abs(number) < TINY)
}
