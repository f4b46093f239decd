import { type Attrs, type Graph, isConstant, type Node, type Value } from '../ir/index.ts'
import type { ExactMeaning, KernelDeclaration } from '../ops/declaration.ts'
import { findKernel } from '../ops/registry.ts'

/** Smallest and largest number that a value can hold, as far as the kernels that compute it say. Infinities where nothing bounds it. */
export type Range = readonly [low: number, high: number]

/** Of a value that nothing bounds, such as an input, a weight, or a matrix product. */
const ANY: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
/** Where functions are looked at, besides the ends of a range: what is not monotonous turns near zero. */
const STEPS = [-1e3, -30, -10, -5, -Math.PI, -2, -Math.PI / 2, -1, -0.5, -0.1, -1e-3, 0] as const
const PLACES: readonly number[] = [...STEPS, ...STEPS.slice(0, -1).map((step) => -step)]

/** What is known of each value; undefined for one that a kernel gives which says nothing. */
type Known = Map<Value, Range | undefined>

/**
 * Where the numbers of a value of a captured graph lie: 0 to 1 for what a softmax gives, from 0 on for squares, anything for a matrix product. It
 * follows from what kernels mean in double precision (`KernelDeclaration.exact`), from those that only move numbers, and from `KernelDeclaration.range`.
 *
 * Inputs and variables may hold anything. Undefined where a kernel that says nothing decides.
 */
export function rangeOf(value: Value): Range | undefined {
  const known: Known = new Map()
  // Deep graphs are walked without recursion.
  for (const each of valuesBefore(value)) known.set(each, computed(each, known))
  return known.get(value)
}

/** The range of the one output of a graph; undefined for several, and where it is not known. */
export function outputRange({ outputs }: Graph): Range | undefined {
  const [output] = outputs.filter(({ state }) => !state)
  return outputs.length === 1 && output !== undefined ? rangeOf(output.value) : undefined
}

/** A value and everything that says something of it, each after what it needs. */
function valuesBefore(last: Value): Value[] {
  const order: Value[] = []
  const seen = new Set<Value>()
  const stack: { value: Value; isDone: boolean }[] = [{ value: last, isDone: false }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { value, isDone } = top
    if (isDone) {
      order.push(value)
      continue
    }
    if (seen.has(value)) continue
    seen.add(value)
    stack.push({ value, isDone: true })
    for (const input of needed(value.node)) stack.push({ value: input, isDone: false })
  }
  return order
}

/** The inputs that say something of the range of what a node gives. */
function needed(node: Node | undefined): Value[] {
  const declaration = node && findKernel(node.op)
  if (node === undefined || declaration === undefined) return []
  const { exact, range } = declaration
  const takes = range === undefined ? exact !== undefined || moves(declaration) : range === 'inputs'
  if (!takes) return []
  const isPart = (input: Value | undefined): input is Value =>
    input !== undefined &&
    (exact !== undefined || input.dtype === 'float32' || input.dtype === 'int32')
  return node.inputs.filter(isPart)
}

function moves({ copies, isView }: KernelDeclaration): boolean {
  return copies === true || isView === true
}

function computed(value: Value, known: Known): Range | undefined {
  if (value.dtype === 'bool') return [0, 1]
  if (isConstant(value)) return constantRange(value)
  const { node } = value
  if (node === undefined) return ANY
  const declaration = findKernel(node.op)
  if (declaration === undefined) return undefined
  const { exact, range } = declaration
  if (typeof range === 'function') return range(node.attrs, value.shape)
  if (range !== undefined && range !== 'inputs') return range
  const inputs = needed(node).map((input) => known.get(input))
  if (exact === undefined || range === 'inputs') {
    const all = inputs.filter((input) => input !== undefined)
    return all.length === inputs.length && all.length > 0 ? hull(all) : undefined
  }
  const given = inputs.map((input) => input ?? ANY)
  const found = meant(exact, given, node.attrs)
  // A bound that holds whatever comes in holds for what is not known, too; that there is none is not known.
  return inputs.includes(undefined) && found !== undefined && found[0] < 0 ? undefined : found
}

/** By the meaning of a kernel. */
function meant(exact: ExactMeaning, inputs: readonly Range[], attrs: Attrs): Range | undefined {
  if (exact.of !== undefined) return overPlaces(exact.of, inputs, attrs)
  return exact.over === undefined ? undefined : reduced(exact.over, inputs[0] ?? ANY, attrs)
}

function constantRange({ fill, data }: Value): Range {
  if (fill !== undefined) return [fill, fill]
  if (data === undefined || Array.isArray(data)) return ANY
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const each of data as Iterable<number | bigint>) {
    const number = Number(each)
    if (number < low) low = number
    if (number > high) high = number
  }
  return low <= high ? [low, high] : ANY
}

/** Of functions of one or two numbers: the extremes over the ends of the ranges and places between. */
function overPlaces(
  of: (...given: never[]) => number,
  inputs: readonly Range[],
  attrs: Attrs,
): Range {
  const [first, second] = inputs.map(placesIn)
  if (first === undefined || inputs.length > 2) return ANY
  const call = of as (...given: unknown[]) => number
  const results = first.flatMap((a) =>
    second === undefined ? [call(a, attrs)] : second.map((b) => call(a, b, attrs)),
  )
  return hull(results.filter((each) => !Number.isNaN(each)).map((each) => [each, each]))
}

function placesIn([low, high]: Range): number[] {
  return [low, ...PLACES.filter((place) => place > low && place < high), high]
}

/** Of one number and of many: a sum of shares has no bound above, their mean has. */
function reduced(
  over: (numbers: readonly number[], attrs: never) => number,
  [low, high]: Range,
  attrs: Attrs,
): Range {
  const lists = [[low], [high], [low, high], Array(99).fill(low), Array(99).fill(high)]
  const results = lists.map((list) => over(list as number[], attrs as never))
  const bounds = hull(results.filter((each) => !Number.isNaN(each)).map((each) => [each, each]))
  // What grows with how many there are may grow further.
  const isSettled = results[3] === results[0] && results[4] === results[1]
  return [
    isSettled || bounds[0] >= 0 ? bounds[0] : ANY[0],
    isSettled || bounds[1] <= 0 ? bounds[1] : ANY[1],
  ]
}

function hull(ranges: readonly Range[]): Range {
  if (ranges.length === 0) return ANY
  return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))]
}
