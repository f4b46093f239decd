import seedrandom from 'seedrandom'
import { type Dim, evaluate, type Factor, keyOf, partsOf, type SizeSymbol } from '../ir/index.ts'
import { nearest, type SizeClass } from './size-classes.ts'
import { countOf, isLeftForVerification } from './size-rounds.ts'
import type { Unified } from './unify.ts'

/** How many sizes of all classes are looked at for cases that no capture met. */
const CANDIDATES = 600

/** So many captures at most are added at once. */
const MOST = 32

/** As many are added in any case: sizes that no form was chosen by. */
const HELD_OUT = 6

/** Of larger divisors not every remainder is a case of its own: none, one, all but one, and others are. */
const FEW_REMAINDERS = 8

/**
 * Chooses sizes to hold forms against that were recognised from other sizes: such that each case of each form is met (which side of a bound, which remainder of a
 * quotient, and bounds of one form together), small sizes beside small ones first, and some more for each form.
 *
 * @param valuesAt says what free sizes are at sizes of the classes.
 * @param taken sizes that captures took.
 */
export function untriedSizes(
  { forms, rivals }: Pick<Unified, 'forms' | 'rivals'>,
  classes: readonly SizeClass[],
  taken: readonly (readonly number[])[],
  valuesAt: (sizes: readonly number[]) => (symbol: SizeSymbol) => number | undefined,
): number[][] {
  const met = new Set(taken.flatMap((sizes) => casesOf(forms, valuesAt(sizes))))
  const known = new Set(taken.map(String))
  const chosen = rivals.flatMap(([form, rival]) => {
    const differ = (sizes: readonly number[]) => {
      const known = valuesAt(sizes)
      return evaluate(form, known) !== evaluate(rival, known)
    }
    return taken.some(differ) ? [] : [...apart(classes)].filter(differ).slice(0, MOST_APART)
  })
  const spare: number[][] = []
  for (const sizes of candidates(classes)) {
    if (known.has(String(sizes))) continue
    known.add(String(sizes))
    const fresh = casesOf(forms, valuesAt(sizes)).filter((each) => !met.has(each))
    if (fresh.length === 0 || chosen.length >= MOST) {
      spare.push(sizes)
      continue
    }
    for (const each of fresh) met.add(each)
    chosen.push(sizes)
  }
  // Of the rest from end to end.
  const more = Math.min(spare.length, HELD_OUT + Math.min(forms.length, HELD_OUT))
  const step = spare.length / Math.max(1, more)
  return [...chosen, ...Array.from({ length: more }, (_, at) => spare[Math.floor(at * step)]!)]
}

/** Sizes of all classes, the smallest together first; then some that are larger, and some of which one is. */
function* candidates(classes: readonly SizeClass[]): Generator<number[]> {
  const random = seedrandom.alea(`sizes ${classes.length}`)
  const below = (most: number) => 1 + Math.floor(random() * most)
  for (let at = 0; at < CANDIDATES; at++) {
    const most = at < CANDIDATES / 2 ? 12 : at < (CANDIDATES * 3) / 4 ? 40 : 160
    const sizes = classes.map((each, index) => {
      const { multipleOf, min } = each
      const wanted = at % 3 === 2 && at % classes.length === index ? below(240) : below(most)
      // Counted from the smallest size on, where there is a limit.
      const size =
        min > multipleOf
          ? min + (wanted - 1) * multipleOf
          : countOf(multipleOf, wanted) * multipleOf
      return nearest(each, size)
    })
    const isLeft = sizes.some(
      (size, index) => classes[index]!.multipleOf === 1 && isLeftForVerification(size),
    )
    if (!isLeft) yield sizes
  }
}

/** Sizes one by one, beside usual ones: where forms differ that hardly do. */
function* apart(classes: readonly SizeClass[]): Generator<number[]> {
  for (const [index, each] of classes.entries()) {
    for (let count = 1; count <= FARTHEST; count++) {
      const size = nearest(each, Math.max(0, each.min - each.multipleOf) + count * each.multipleOf)
      yield classes.map((other, at) => (at === index ? size : nearest(other, 31 + 6 * at)))
    }
  }
}

const FARTHEST = 1100

/** So many sizes of those at which two forms differ. */
const MOST_APART = 3

/** In which case each part of each form is. */
function casesOf(
  forms: readonly Dim[],
  known: (symbol: SizeSymbol) => number | undefined,
): string[] {
  const seen = new Map<string, string | undefined>()
  return forms.flatMap((form) => {
    const parts = new Map<string, string>()
    visit(form, (factor) => {
      if (!seen.has(factor.key)) seen.set(factor.key, caseOf(factor, known))
      const found = seen.get(factor.key)
      if (found !== undefined) parts.set(factor.key, found)
    })
    const single = [...parts].map(([key, found]) => `${key} ${found}`)
    const sides = [...parts].filter(([key]) => /^m(in|ax)\(/.test(key)).map(([, found]) => found)
    return [...single, ...(sides.length > 1 ? [`${keyOf(form)} ${sides}`] : [])]
  })
}

function visit(size: Dim, fn: (factor: Factor) => void): void {
  for (const { factors } of typeof size === 'number' ? [] : size.terms) {
    for (const factor of factors) {
      if (factor.kind === 'symbol') continue
      fn(factor)
      for (const part of partsOf(factor)) visit(part, fn)
    }
  }
}

function caseOf(
  factor: Factor,
  known: (symbol: SizeSymbol) => number | undefined,
): string | undefined {
  if (factor.kind === 'symbol') return undefined
  const [a, b] = partsOf(factor).map((part) => evaluate(part, known))
  if (factor.kind === 'scaled' || a === undefined || b === undefined) return undefined
  if (factor.kind !== 'quotient') {
    // Next to where it turns as well.
    const apart = a - b
    return Math.abs(apart) <= 1 ? String(apart) : apart < 0 ? 'below' : 'above'
  }
  const rest = ((a % b) + b) % b
  const isSome = b <= FEW_REMAINDERS || rest <= 1 || rest === b - 1
  return typeof factor.by === 'number' && isSome ? String(rest) : rest === 0 ? 'whole' : 'more'
}
