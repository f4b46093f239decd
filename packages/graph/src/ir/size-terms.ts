/**
 * A size that is free: that of an input's axis, or one that follows from numbers. What is known of it are its values in the captures, and bounds.
 */
export interface SizeSymbol {
  readonly kind: 'symbol'
  readonly key: string
  /** For people, and for the file: `height`. */
  readonly name: string
  /** Its values in the captures, in order. */
  readonly samples: readonly number[]
  /** Smallest and largest value that it may have. */
  readonly low: number
  readonly high: number
}

/** The quotient of two sizes, rounded down. */
export interface Quotient {
  readonly kind: 'quotient'
  readonly key: string
  readonly of: SymbolicDim
  readonly by: Dim
}

/** The smaller or the larger one of two sizes. */
export interface Extreme {
  readonly kind: 'min' | 'max'
  readonly key: string
  readonly a: Dim
  readonly b: Dim
}

/** How JavaScript makes a whole number of another: down, up, or to the nearest with halves up. */
export type Rounding = 'floor' | 'ceil' | 'round'

/** A size times a number that is not whole, as float64 multiplies them, rounded: 0.7 * 90 is less than 63 there. */
export interface Scaled {
  readonly kind: 'scaled'
  readonly key: string
  readonly of: SymbolicDim
  readonly by: number
  readonly rounding: Rounding
}

export type Factor = SizeSymbol | Quotient | Extreme | Scaled

/** Sizes that a factor follows from. */
export function partsOf(factor: Factor): readonly Dim[] {
  if (factor.kind === 'symbol') return []
  if (factor.kind === 'scaled') return [factor.of]
  return factor.kind === 'quotient' ? [factor.of, factor.by] : [factor.a, factor.b]
}

/** A factor for values of the sizes that it follows from. */
export function factorValue(
  factor: Exclude<Factor, SizeSymbol>,
  [a, b]: readonly number[],
): number {
  if (factor.kind === 'scaled') return Math[factor.rounding](a! * factor.by)
  return factor.kind === 'quotient' ? Math.floor(a! / b!) : Math[factor.kind](a!, b!)
}

/** A whole number times some factors. */
export interface Term {
  readonly coefficient: number
  /** In the order of their keys; at least one. */
  readonly factors: readonly Factor[]
  readonly key: string
}

/**
 * A size that varies: a sum of products of free sizes, quotients and extremes, in a normal form. Equal keys are equal sizes.
 */
export interface SymbolicDim {
  readonly terms: readonly Term[]
  readonly constant: number
  readonly key: string
  /** Its values in the captures, in order. */
  readonly samples: readonly number[]
}

/** One dimension of a shape: a fixed number, or a size that follows from free ones. */
export type Dim = number | SymbolicDim

/** The terms of a size. */
export function termsOf(size: Dim): readonly Term[] {
  return typeof size === 'number' ? [] : size.terms
}

/** What is added to the terms of a size. */
export function constantOf(size: Dim): number {
  return typeof size === 'number' ? size : size.constant
}

/** The name of a size in comparisons. */
export function keyOf(size: Dim): string {
  return typeof size === 'number' ? String(size) : size.key
}

export function term(coefficient: number, factors: readonly Factor[]): Term {
  const sorted = [...factors].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { coefficient, factors: sorted, key: sorted.map(({ key }) => key).join('*') }
}

/** Terms of the same factors are added up; a size without terms is a number. */
export function sum(terms: readonly Term[], constant: number): Dim {
  const byKey = new Map<string, Term>()
  for (const each of terms) {
    const known = byKey.get(each.key)
    const coefficient = (known?.coefficient ?? 0) + each.coefficient
    byKey.set(each.key, { ...each, coefficient })
  }
  const kept = [...byKey.values()]
    .filter(({ coefficient }) => coefficient !== 0)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  if (kept.length === 0) return constant
  const parts = kept.map(({ coefficient, key }) => `${coefficient}*${key}`)
  return {
    terms: kept,
    constant,
    key: [...parts, constant].join('+'),
    samples: samplesOfSum(kept, constant),
  }
}

function samplesOfSum(terms: readonly Term[], constant: number): number[] {
  const lists = terms.map(({ coefficient, factors }) => ({
    coefficient,
    factors: factors.map(samplesOfFactor),
  }))
  const count = lists[0]!.factors[0]!.length
  return Array.from({ length: count }, (_, index) =>
    lists.reduce(
      (total, { coefficient, factors }) =>
        total + factors.reduce((product, samples) => product * samples[index]!, coefficient),
      constant,
    ),
  )
}

function samplesOfFactor(factor: Factor): readonly number[] {
  if (factor.kind === 'symbol') return factor.samples
  const parts = partsOf(factor)
  const { samples } = parts.find((part) => typeof part !== 'number') as SymbolicDim
  return samples.map((_, index) =>
    factorValue(
      factor,
      parts.map((part) => sampleOf(part, index)),
    ),
  )
}

/** A size in one of the captures. */
export function sampleOf(size: Dim, index: number): number {
  return typeof size === 'number' ? size : size.samples[index]!
}

/** Smallest and largest value that a size may have. */
export type Bounds = readonly [low: number, high: number]

/** Bounds of a size. Quotients are taken for what they are of, divided, less a remainder, so that what cancels does not widen them. */
export function boundsOf(size: Dim): Bounds {
  if (typeof size === 'number') return [size, size]
  const spread = new Spread()
  spread.addSum(size, 1)
  return spread.bounds()
}

/** A size as a sum of products that are independent of each other, and of remainders. */
class Spread {
  readonly #products = new Map<
    string,
    { coefficient: number; readonly factors: readonly Factor[] }
  >()
  #low = 0
  #high = 0

  addSum({ terms, constant }: SymbolicDim, scale: number): void {
    this.#low += scale * constant
    this.#high += scale * constant
    for (const each of terms) this.#addTerm(each, scale * each.coefficient)
  }

  #addTerm({ factors, key }: Term, coefficient: number): void {
    const first = factors[0]!
    const by = first.kind === 'quotient' ? first.by : undefined
    if (factors.length === 1 && first.kind === 'quotient' && typeof by === 'number') {
      this.addSum(first.of, coefficient / by)
      const remainder = (coefficient * -(by - 1)) / by
      this.#low += Math.min(0, remainder)
      this.#high += Math.max(0, remainder)
      return
    }
    const known = this.#products.get(key)
    this.#products.set(key, { coefficient: (known?.coefficient ?? 0) + coefficient, factors })
  }

  bounds(): Bounds {
    let [low, high] = [this.#low, this.#high]
    for (const { coefficient, factors } of this.#products.values()) {
      if (Math.abs(coefficient) < TINY) continue
      const ends = factors
        .map(boundsOfFactor)
        .reduce<Bounds>((product, each) => productOf(product, each), [coefficient, coefficient])
      low += ends[0]
      high += ends[1]
    }
    return [Math.ceil(low - TINY), Math.floor(high + TINY)]
  }
}

/** Less than any fraction that matters. */
const TINY = 1e-6

function productOf(a: Bounds, b: Bounds): Bounds {
  const ends = a.flatMap((x) => b.map((y) => (x === 0 || y === 0 ? 0 : x * y)))
  return [Math.min(...ends), Math.max(...ends)]
}

function boundsOfFactor(factor: Factor): Bounds {
  switch (factor.kind) {
    case 'symbol':
      return [factor.low, factor.high]
    case 'quotient': {
      const [low, high]: Bounds = boundsOf(factor.of)
      const [least, most]: Bounds = boundsOf(factor.by)
      if (least <= 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      const ends = [low, high].flatMap((end) => [least, most].map((by) => quotientOf(end, by)))
      return [Math.min(...ends), Math.max(...ends)]
    }
    case 'scaled': {
      const ends = boundsOf(factor.of).map((end) => Math[factor.rounding](end * factor.by))
      return [Math.min(...ends), Math.max(...ends)]
    }
    default: {
      const [a, b] = [boundsOf(factor.a), boundsOf(factor.b)]
      return [Math[factor.kind](a[0], b[0]), Math[factor.kind](a[1], b[1])]
    }
  }
}

function quotientOf(of: number, by: number): number {
  if (Number.isFinite(of)) return Math.floor(of / by)
  return Number.isFinite(by) ? of : 0
}
