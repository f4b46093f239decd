import {
  ceilDiv,
  type Dim,
  floorDiv,
  freeSize,
  gcd,
  keyOf,
  larger,
  minus,
  plus,
  remainder,
  type SymbolicDim,
  smaller,
  substitute,
  times,
} from '../ir/index.ts'
import { integerCombination } from './linear-system.ts'
import { scaledForm } from './scaled-forms.ts'

/** So many sizes leave no doubt of a remainder. */
export const MANY = 12

/** How many samples must speak for a form beyond those that choose its numbers. */
const TO_SPARE = 3

/** The largest divisor of a quotient or remainder that is looked for. */
const LARGEST_DIVISOR = 128

/** Divisors that programs round sizes by before they go on computing. */
const USUAL_DIVISORS = [2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 128]

/** The size in a list, unless it is a number. */
export function varying(size: Dim): SymbolicDim[] {
  return typeof size === 'number' ? [] : [size]
}

/** Each size once. */
export function unique(sizes: readonly SymbolicDim[]): SymbolicDim[] {
  return [...new Map(sizes.map((size) => [size.key, size])).values()]
}

/** Sizes that follow from two others. */
export function pairsOf(bases: readonly SymbolicDim[]): SymbolicDim[] {
  return bases.flatMap((a, index) =>
    bases
      .slice(index + 1)
      .flatMap((b) => [minus(a, b), plus(a, b), times(a, b), smaller(a, b), larger(a, b)])
      .flatMap(varying),
  )
}

/** By how much each size is smaller than each other one, if it is. */
export function gapsOf(bases: readonly SymbolicDim[]): SymbolicDim[] {
  return unique(
    bases.flatMap((a) => bases.flatMap((b) => varying(a === b ? 0 : minus(larger(a, b), a)))),
  )
}

/** A sum of whole multiples of these sizes, and a number. */
export function combined(
  samples: readonly number[],
  bases: readonly SymbolicDim[],
): Dim | undefined {
  if (samples.length < bases.length + 1 + TO_SPARE) return undefined
  const columns = bases.map((base) => base.samples)
  // Values that repeat tell nothing new.
  const distinct = new Set(samples.map((_, index) => columns.map((each) => each[index]).join()))
  if (distinct.size < bases.length + 2) return undefined
  const numbers = integerCombination(columns, samples)
  if (numbers === undefined) return undefined
  const [constant, ...coefficients] = numbers
  return plus(constant!, ...bases.map((base, index) => times(base, coefficients[index]!)))
}

/** Finds what follows from one size. */
export type FormOf = (samples: readonly number[], base: SymbolicDim) => Dim | undefined

/** What follows from one size by a rounded quotient or a remainder, with or without whole multiples of the size, or by a factor that is not whole. */
export const formOf: FormOf = (samples, base) =>
  plainQuotient(samples, base) ??
  modulus(samples, base) ??
  aboutMultiple(samples, base) ??
  scaledForm(samples, base)

/** A quotient; one by a number that hardly a program has only where no decimal is simpler. */
const plainQuotient: FormOf = (samples, base) => {
  const found = quotient(samples, base)
  const isPlain = varying(found ?? 0).every(({ terms }) =>
    terms.every(({ factors }) =>
      factors.every(
        ({ kind, by }: { readonly kind: string; readonly by?: unknown }) =>
          kind !== 'quotient' || USUAL_DIVISORS.includes(by as number) || by === 100,
      ),
    ),
  )
  return isPlain ? found : (scaledForm(samples, base) ?? found)
}

/** The same, taking factors that are not whole before quotients: which of both it is, other sizes say. */
export const scaledFirst: FormOf = (samples, base) =>
  scaledForm(samples, base) ?? formOf(samples, base)

/**
 * floor((p x + q) / m): p / m is read off the largest sample; then q lies between the largest y m - p x and the smallest plus m - 1. Whatever else explains the
 * samples must say the same in between, unless hardly anything is in between: then the smallest divisor is it.
 */
export function quotient(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  const x = base.samples
  const [largest, smallest] = [indexOfLargest(x), indexOfSmallest(x)]
  const run = x[largest]! - x[smallest]!
  if (run === 0) return undefined
  const slope = (samples[largest]! - samples[smallest]!) / run
  // A multiple is one everywhere.
  const step = x.reduce((all, each) => gcd(all, each - x[smallest]!), 0)
  const places = Array.from(
    { length: Math.min(FARTHEST, run / step) + 1 },
    (_, index) => x[smallest]! + index * step,
  )
  const seen = new Set(x)
  const isCovered = places.filter((place) => seen.has(place)).length >= COVERED * places.length
  let found: Quotient | undefined
  for (let divisor = 2; divisor <= LARGEST_DIVISOR; divisor++) {
    const near = Math.round(slope * divisor)
    // Over a short run the slope is not exact.
    for (const factor of run < divisor ? [near, near - 1, near + 1] : [near]) {
      if (factor === 0 || gcd(Math.abs(factor), divisor) !== 1) continue
      const offsets = offsetsOf(samples, x, factor, divisor)
      if (offsets === undefined) continue
      if (found === undefined) {
        const [low, high] = offsets
        const form = (offset: number) => floorDiv(plus(times(base, factor), offset), divisor)
        // Where the size is a multiple itself, several offsets say the same: by its form, or because nothing is rounded at any of many sizes.
        const isRounded = high - low < divisor - 1 || seen.size < MANY
        const isOne = !isRounded || keyOf(form(low)) === keyOf(form(high))
        const offset = isOne ? low : usual(low, high, divisor)
        if (offset === undefined) return undefined
        found = { factor, offset, divisor, size: form(offset) }
      } else if (
        !isCovered &&
        offsets.some((offset) => isOther(found!, { factor, offset, divisor }, places))
      ) {
        return undefined
      }
    }
  }
  return found?.size
}

/** So many sizes from the smallest on are tried where forms are held against each other. */
const FARTHEST = 512

/** A share of these sizes that was captured leaves no room for other forms. */
const COVERED = 0.7

interface Line {
  readonly factor: number
  readonly offset: number
  readonly divisor: number
}

interface Quotient extends Line {
  readonly size: Dim
}

/** The least and the largest offset that explain the samples. */
function offsetsOf(
  samples: readonly number[],
  x: readonly number[],
  factor: number,
  divisor: number,
): readonly [number, number] | undefined {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  for (const [index, y] of samples.entries()) {
    const rest = y * divisor - factor * x[index]!
    low = Math.max(low, rest)
    high = Math.min(high, rest + divisor - 1)
    if (low > high) return undefined
  }
  return [low, high]
}

/** Whether two quotients differ somewhere that the samples did not say. */
function isOther(a: Line, b: Line, places: readonly number[]): boolean {
  const at = ({ factor, offset, divisor }: Line, x: number) =>
    Math.floor((factor * x + offset) / divisor)
  return places.some((x) => at(a, x) !== at(b, x))
}

/** Of several offsets that explain the samples the one that rounds down, up, or to the nearest, if it alone does. */
function usual(low: number, high: number, divisor: number): number | undefined {
  const isUsual = (offset: number) =>
    offset % divisor === 0 ||
    (offset + 1) % divisor === 0 ||
    (divisor % 2 === 0 && (offset + divisor / 2) % divisor === 0)
  const found: number[] = []
  for (let offset = low; offset <= high; offset++) if (isUsual(offset)) found.push(offset)
  return found.length === 1 ? found[0] : undefined
}

/** (x + q) mod m or (q - x) mod m, and multiples of them. */
function modulus(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  const [least, most] = [Math.min(...samples), Math.max(...samples)]
  if (most - least > LARGEST_DIVISOR * 8) return undefined
  const step = samples.reduce((all, sample) => gcd(all, sample - least), 0)
  if (step === 0) return undefined
  // Of a size that is a multiple itself remainders are as well.
  return (
    modulusIn(step, least, samples, base) ??
    (step === 1 ? undefined : modulusIn(1, least, samples, base))
  )
}

function modulusIn(
  step: number,
  least: number,
  samples: readonly number[],
  base: SymbolicDim,
): Dim | undefined {
  const scaled = samples.map((sample) => (sample - least) / step)
  const range = Math.max(...scaled)
  for (let divisor = range + 1; divisor <= Math.max(2 * range + 1, LARGEST_DIVISOR); divisor++) {
    for (const sign of [1, -1] as const) {
      const offset = modulo(scaled[0]! - sign * base.samples[0]!, divisor)
      const fits = scaled.every(
        (sample, index) => sample === modulo(sign * base.samples[index]! + offset, divisor),
      )
      if (!fits) continue
      // With samples over all of a period the divisor is sure; then least is the smallest there is.
      if (new Set(scaled).size < Math.min(divisor, 3)) return undefined
      // Of a size that is bounded by a small number few values are seen, which much explains.
      if (new Set(base.samples).size < Math.min(2 * divisor, MANY)) return undefined
      return plus(times(remainder(plus(times(base, sign), offset), divisor), step), least)
    }
  }
  return undefined
}

/** A whole multiple of the size, more or less by a remainder: rounded up to a multiple of 32, for example. */
function aboutMultiple(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  const largest = indexOfLargest(base.samples)
  if (base.samples[largest] === 0) return undefined
  const slope = samples[largest]! / base.samples[largest]!
  for (const factor of new Set([Math.round(slope), Math.floor(slope), Math.ceil(slope)])) {
    if (factor === 0) continue
    const rest = samples.map((sample, index) => sample - factor * base.samples[index]!)
    const found = modulus(rest, base)
    if (found !== undefined) return plus(found, times(base, factor))
  }
  return undefined
}

/** What programs make of a size before they go on computing with it. */
export function roundedForms(base: SymbolicDim): SymbolicDim[] {
  return USUAL_DIVISORS.flatMap((divisor) => [
    remainder(base, divisor),
    remainder(times(base, -1), divisor),
    floorDiv(base, divisor),
    ceilDiv(base, divisor),
  ]).flatMap(varying)
}

/** A size, or the number that bounds it. */
export function clipped(
  kind: 'min' | 'max',
  samples: readonly number[],
  base: SymbolicDim,
): Dim | undefined {
  const bound = kind === 'min' ? Math.max(...samples) : Math.min(...samples)
  const isBound = (index: number) => Math[kind](base.samples[index]!, bound) === bound
  const fits = samples.every((sample, index) => sample === Math[kind](base.samples[index]!, bound))
  const bounded = samples.filter((_, index) => isBound(index)).length
  if (!fits || bounded === 0 || bounded === samples.length) return undefined
  return kind === 'min' ? smaller(base, bound) : larger(base, bound)
}

/** The smaller or larger one of two sizes: each sample is one of theirs. */
export function extremeOf(
  kind: 'min' | 'max',
  samples: readonly number[],
  known: readonly SymbolicDim[],
): Dim | undefined {
  const sides = known.filter((size) => {
    let equal = 0
    const isSide = samples.every((sample, index) => {
      const other = size.samples[index]!
      if (other === sample) equal++
      return kind === 'min' ? sample <= other : sample >= other
    })
    return isSide && equal > 2
  })
  for (const [index, a] of sides.entries()) {
    for (const b of sides.slice(index + 1)) {
      const fits = samples.every(
        (sample, at) => sample === Math[kind](a.samples[at]!, b.samples[at]!),
      )
      if (fits) return kind === 'min' ? smaller(a, b) : larger(a, b)
    }
  }
  return undefined
}

/** The smaller or larger one of what follows from sizes, and a number which it is at many samples. */
export function bounded(
  samples: readonly number[],
  bases: readonly SymbolicDim[],
  of: FormOf = formOf,
  depth = 0,
): Dim | undefined {
  for (const kind of ['min', 'max'] as const) {
    const bound = kind === 'min' ? Math.max(...samples) : Math.min(...samples)
    const kept = [...samples.keys()].filter((index) => samples[index] !== bound)
    // The least that makes sense, such as one pixel, is met by the smallest sizes only.
    const enough = kind === 'max' && bound <= 1 ? 1 : 3
    const isPlateau = samples.length - kept.length >= enough && kept.length >= 2 + TO_SPARE
    if (!isPlateau) continue
    const inner = kept.map((index) => samples[index]!)
    const parts = bases.map((base) =>
      freeSize(
        '',
        kept.map((index) => base.samples[index]!),
      ),
    )
    const form =
      first(parts, (part) => combined(inner, [part])) ??
      first(parts, (part) => of(inner, part)) ??
      ratio(inner, parts) ??
      (depth === 0 ? bounded(inner, parts, of, 1) : undefined)
    if (form === undefined) continue
    const whole = parts.reduce<Dim>((size, part, at) => substitute(size, part, bases[at]!), form)
    const result = kind === 'min' ? smaller(whole, bound) : larger(whole, bound)
    const fits =
      typeof result !== 'number' &&
      result.samples.every((sample, index) => sample === samples[index])
    if (fits) return result
  }
  return undefined
}

/** The first result that is one. */
export function first<T, R>(items: readonly T[], fn: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = fn(item)
    if (result !== undefined) return result
  }
  return undefined
}

/** A quotient of two sizes, rounded, times a number: the other side of an image of a given side. */
export function ratio(samples: readonly number[], bases: readonly SymbolicDim[]): Dim | undefined {
  for (const over of bases) {
    for (const under of bases) {
      if (over.key === under.key) continue
      for (const [twice, shift] of ROUNDINGS) {
        // floor((twice * f * over + shift * under) / (twice * under)) = y
        let low = Number.NEGATIVE_INFINITY
        let high = Number.POSITIVE_INFINITY
        for (const [index, y] of samples.entries()) {
          const [a, b] = [over.samples[index]!, under.samples[index]!]
          low = Math.max(low, ((twice * y - shift) * b) / (twice * a))
          high = Math.min(high, ((twice * (y + 1) - shift) * b) / (twice * a))
        }
        const factor = Math.ceil(low)
        if (factor <= 0 || factor >= high || factor + 1 < high) continue
        const numerator = plus(times(over, twice * factor), times(under, shift))
        const result = floorDiv(numerator, times(under, twice))
        const fits =
          typeof result !== 'number' &&
          result.samples.every((sample, index) => sample === samples[index])
        if (fits) return result
      }
    }
  }
  return undefined
}

/** Down, and to the nearest. */
const ROUNDINGS = [
  [1, 0],
  [2, 1],
] as const

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0)
}

function indexOfSmallest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value < values[best]! ? index : best), 0)
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
