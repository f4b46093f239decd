import { EngineError, ShapeError } from '@ashlar/errors'
import type { Graph } from '../ir/index.ts'
import type { CaptureOptions, CaptureRound } from './capture.ts'
import { merged, nearest, type SizeClass } from './size-classes.ts'

/** What came of one capture. */
export interface Outcome {
  readonly graph?: Graph
  readonly error?: Error
}

type Steps<T> = Generator<readonly [CaptureOptions, CaptureRound], T, Outcome>

/** Captures the program with these classes at these sizes. */
type Try = (classes: readonly SizeClass[], sizes: readonly number[]) => Steps<Outcome>

/** Sizes that networks are made for: with many divisors, and usual ones. */
const BASES = [
  64, 128, 96, 224, 256, 120, 192, 32, 48, 320, 384, 512, 840, 960, 1024, 24, 16, 40, 8,
]

/** Multiples that are looked for, and so large a size means that there is no bound. */
const MULTIPLES = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128]
const UNBOUNDED = 10007

/** So many axes at most are tried in all combinations. */
const MOST_CLASSES = 6

/**
 * Finds the sizes that a program takes, when it does not take all: which axes must be equal, of what each size must be a multiple, and its bounds.
 *
 * @param cause why it does not take all.
 * @throws the cause when it takes no size that is tried.
 */
export function* findLimits(
  classes: readonly SizeClass[],
  cause: Error,
  attempt: Try,
): Steps<SizeClass[]> {
  const works = function* (given: readonly SizeClass[], sizes: readonly number[]): Steps<boolean> {
    const { error } = yield* attempt(given, sizes)
    if (error instanceof EngineError) throw error
    return error === undefined
  }
  const bases: number[] = []
  for (const base of BASES) {
    const sizes = classes.map((each) => nearest(each, base))
    if (!(yield* works(classes, sizes))) continue
    bases.push(base)
    if (bases.length === 2) break
  }
  const [base, other] = bases
  if (base === undefined) throw cause
  if (other === undefined) {
    const sizes = classes.map((each) => `${each.label} = ${nearest(each, base)}`)
    throw new ShapeError({
      where: 'capture',
      expected: 'a model with sizes that vary must take more than one',
      given: `one that works at ${sizes.join(', ')}, and at no other size that was tried`,
      hint: `Fix the size. It was refused at others because: ${cause.message}`,
    })
  }
  const apart = yield* partition(classes, [base, other], works)
  const result = [...apart]
  for (const index of apart.keys()) {
    result[index] = yield* limitsOf(result, index, base, works)
  }
  return yield* togetherOf(result, base, works)
}

/** What works where the others are large may not where all are small: then those that help are as large as they must be together. */
function* togetherOf(
  classes: readonly SizeClass[],
  base: number,
  works: Works,
): Steps<SizeClass[]> {
  const mins = classes.map(({ min }) => min)
  if (classes.length < 2 || (yield* works(classes, mins))) return [...classes]
  const helping: SizeClass[] = []
  for (const [index, each] of classes.entries()) {
    const sizes = mins.with(index, nearest(each, base))
    if (yield* works(classes, sizes)) helping.push(each)
  }
  const raised = helping.length > 0 ? helping : classes
  const from = (least: number) =>
    classes.map((each) =>
      raised.includes(each) ? nearest(each, Math.max(each.min, least)) : each.min,
    )
  const least = yield* border(1, base, function* (size) {
    return yield* works(classes, from(size))
  })
  const together = from(least)
  return classes.map((each, index) => ({ ...each, min: together[index]! }))
}

type Works = (classes: readonly SizeClass[], sizes: readonly number[]) => Steps<boolean>

/** Axes that must be equal become one class: the smallest sets that may change without the others. */
function* partition(
  classes: readonly SizeClass[],
  [base, other]: readonly number[],
  works: Works,
): Steps<SizeClass[]> {
  const left = new Set(classes.keys())
  const result: SizeClass[] = []
  for (const first of classes.keys()) {
    if (!left.has(first)) continue
    left.delete(first)
    const together = yield* smallestSet(first, [...left])
    for (const index of together) left.delete(index)
    result.push(merged(together.map((index) => classes[index]!)))
  }
  return result

  function* smallestSet(first: number, others: readonly number[]): Steps<number[]> {
    for (const set of subsets(others)) {
      const changed = [first, ...set]
      const sizes = classes.map((each, index) =>
        nearest(each, changed.includes(index) ? other! : base!),
      )
      if (yield* works(classes, sizes)) return changed
    }
    return [first, ...others]
  }
}

/** Small ones first: none, each one, each two and so on. Of many, those alone that are one, two, or all. */
function subsets(items: readonly number[]): number[][] {
  if (items.length > MOST_CLASSES) {
    const pairs = items.flatMap((a, index) => items.slice(index + 1).map((b) => [a, b]))
    return [[], ...items.map((item) => [item]), ...pairs, [...items]]
  }
  const all = Array.from({ length: 2 ** items.length }, (_, mask) =>
    items.filter((_, index) => (mask & (1 << index)) !== 0),
  )
  return all.sort((a, b) => a.length - b.length)
}

function* limitsOf(
  classes: readonly SizeClass[],
  index: number,
  base: number,
  works: Works,
): Steps<SizeClass> {
  const given = classes[index]!
  const at = function* (size: number): Steps<boolean> {
    if (size < given.min || size > given.max) return false
    return yield* works(
      classes,
      classes.map((each, other) => (other === index ? size : nearest(each, base))),
    )
  }
  const start = nearest(given, base)
  const multipleOf = (yield* multipleAt(given, start, at)) ?? start
  // Counted in multiples: where it works is one stretch.
  const middle = Math.round(start / multipleOf)
  const works1 = function* (count: number): Steps<boolean> {
    return yield* at(count * multipleOf)
  }
  const least = Math.ceil(given.min / multipleOf)
  const low = (yield* works1(least)) ? least : yield* border(least, middle, works1)
  const most = Math.floor(Math.min(given.max, UNBOUNDED * Math.max(1, multipleOf / 8)) / multipleOf)
  const isOpen = most <= middle || (yield* works1(most))
  const high = isOpen ? given.max : multipleOf * (yield* border(most, middle, works1))
  return { ...given, multipleOf, min: low * multipleOf, max: high }
}

/** The smallest of the usual multiples of which, near to a size that works, nearly all work. */
function* multipleAt(
  { multipleOf: known }: SizeClass,
  start: number,
  at: (size: number) => Steps<boolean>,
): Steps<number | undefined> {
  for (const multiple of MULTIPLES) {
    if (multiple % known !== 0 || start % multiple !== 0) continue
    // Of other numbers than primes something else is a multiple as well.
    const near = PRIMES.map((prime) => prime * multiple)
      .sort((a, b) => Math.abs(a - start) - Math.abs(b - start))
      .slice(0, 4)
    let count = 0
    for (const size of near) if (yield* at(size)) count++
    if (count >= 3) return multiple
  }
  return undefined
}

const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
  101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193,
  197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271,
]

/** The last number that works, from one that does towards one that does not. */
function* border(
  fails: number,
  works: number,
  at: (count: number) => Steps<boolean>,
): Steps<number> {
  let [bad, good] = [fails, works]
  while (Math.abs(good - bad) > 1) {
    const middle = Math.trunc((good + bad) / 2)
    if (yield* at(middle)) good = middle
    else bad = middle
  }
  return good
}
