import { type Dim, keyOf, minus, partsOf, plus, type SymbolicDim, times } from '../ir/index.ts'
import { boundedForm, stepped } from './edge-forms.ts'
import {
  bounded,
  clipped,
  combined,
  extremeOf,
  type FormOf,
  first,
  formOf,
  gapsOf,
  pairsOf,
  quotient,
  ratio,
  roundedForms,
  scaledFirst,
  unique,
  varying,
} from './size-forms.ts'

/** Fewer samples tell nothing but sums of multiples. */
const ENOUGH = 16

/** So many numbers that differ from the rest say little. */
const FEW = 6

/** How many of the sizes met last are tried in forms. */
const RECENT = 12

/**
 * Finds what a number that JavaScript computed from sizes is, from its values in the captures: one of the sizes that occur in the graph, or an integer
 * combination, quotient, remainder or bound of them. Whatever is found explains every sample, and nothing else of its kind does.
 */
export class SizeRecogniser {
  readonly #bySamples = new Map<string, SymbolicDim>()
  readonly #free: readonly SymbolicDim[]
  readonly #recent: SymbolicDim[] = []
  readonly #forms: SymbolicDim[] = []
  readonly #rivals: (readonly [Dim, Dim])[] = []
  /** Whether anything was found, or not found, that more samples would make surer. */
  needsMore = false

  /** @param free the free sizes of the program. */
  constructor(free: readonly SymbolicDim[]) {
    this.#free = free
    for (const size of free) this.know(size)
  }

  /** What numbers were taken for: to be held against sizes that it was not recognised by. */
  get forms(): readonly SymbolicDim[] {
    return this.#forms
  }

  /** Forms, each with another one that explains the same samples. */
  get rivals(): readonly (readonly [Dim, Dim])[] {
    return this.#rivals
  }

  /** Says that a size occurs in the graph. */
  know(size: Dim): void {
    if (typeof size === 'number') return
    const key = size.samples.join()
    const known = this.#bySamples.get(key)
    if (known !== undefined) return
    this.#bySamples.set(key, size)
    this.#recent.unshift(size)
    this.#recent.length = Math.min(this.#recent.length, RECENT)
  }

  /** The size with these values, if it occurs in the graph. */
  same(samples: readonly number[]): Dim | undefined {
    const [first] = samples
    if (samples.every((sample) => sample === first)) return first
    return this.#bySamples.get(samples.join())
  }

  /**
   * The size with these values.
   *
   * @param near sizes that it likely follows from: those of the tensors at hand.
   */
  find(samples: readonly number[], near: readonly Dim[] = []): Dim | undefined {
    const known = this.same(samples)
    if (known !== undefined || !samples.every(Number.isSafeInteger)) return known
    const found = this.#search(samples, near, formOf)
    if (found === undefined) return undefined
    const rival = this.#isRounded(found) ? this.#search(samples, near, scaledFirst) : found
    if (rival !== undefined && keyOf(rival) !== keyOf(found)) this.#rivals.push([found, rival])
    this.know(found)
    this.#forms.push(...varying(found))
    return found
  }

  /** One of the sizes of the graph, a product of free ones, or the number next to it, that a test holds for in each capture. */
  about(test: (size: number, index: number) => boolean): Dim | undefined {
    const free = this.#free.slice(0, 4)
    const some = unique([...free, ...this.#recent])
    const pairs = some.flatMap((a, index) => some.slice(index).map((b) => times(a, b)))
    const known = unique([...this.#bySamples.values(), ...pairs, times(...free)].flatMap(varying))
    const near = known.flatMap((size) => [size, ...[-1, 1, -2].map((by) => plus(size, by))])
    const found = near.flatMap(varying).find((size) => size.samples.every(test))
    this.#forms.push(...(found === undefined ? [] : [found]))
    return found
  }

  /** Sizes that a number may have been divided by: free ones and those met last, the numbers next to them, products and sums of free ones. */
  divisors(): readonly SymbolicDim[] {
    const free = this.#free.slice(0, 4)
    const some = [...free, ...this.#recent]
    const near = some.flatMap((size) => [-1, 1].map((by) => plus(size, by)))
    const pairs = free.flatMap((a, index) =>
      free.slice(index + 1).flatMap((b) => [times(a, b), plus(a, b)]),
    )
    const sums = some
      .slice(0, 10)
      .flatMap((a, index, all) => all.slice(index + 1).map((b) => plus(a, b)))
    return unique([...some, ...[...pairs, ...near, ...sums].flatMap(varying)])
  }

  /** Whether a quotient by a number is in it. */
  #isRounded(size: Dim): boolean {
    return varying(size).some(({ terms }) =>
      terms.some(({ factors }) =>
        factors.some(
          (factor) =>
            (factor.kind === 'quotient' && typeof factor.by === 'number') ||
            partsOf(factor).some((part) => this.#isRounded(part)),
        ),
      ),
    )
  }

  #search(samples: readonly number[], near: readonly Dim[], of: FormOf): Dim | undefined {
    const bases = unique([...near.flatMap(varying), ...this.#free, ...this.#recent])
    // Sums of whole multiples, of products too, follow without doubt from a few samples.
    const combination = this.#combination(samples, bases)
    if (combination !== undefined) return combination
    this.needsMore = true
    if (samples.length < ENOUGH) return undefined
    const extreme = this.#extreme(samples, bases, near.flatMap(varying))
    if (extreme !== undefined) return extreme
    const wide = unique([...bases, ...pairsOf(bases.slice(0, 8))])
    const gaps = gapsOf(bases.slice(0, 6))
    if (isNearlyConstant(samples)) {
      // Much explains a few numbers that differ: only what was seen at all of these sizes is sure, or what one size is short of another.
      return (
        first(gaps, (gap) => quotient(samples, gap)) ??
        first(bases, (base) => stepped(samples, base)) ??
        bounded(samples, wide, of)
      )
    }
    for (const base of [...wide, ...gaps]) {
      const found = of(samples, base)
      if (found !== undefined) return found
    }
    for (const base of bases.slice(0, 8)) {
      for (const inner of roundedForms(base)) {
        const found = quotient(samples, inner) ?? combined(samples, [inner])
        if (found !== undefined) return found
      }
    }
    return (
      ratio(samples, bases) ??
      bounded(samples, wide, of) ??
      boundedForm(samples, bases, of) ??
      first(bases, (base) => stepped(samples, base))
    )
  }

  /** The smaller or larger one of two sizes of the graph or of one and a number; less one of the sizes at hand, as paddings are. */
  #extreme(
    samples: readonly number[],
    bases: readonly SymbolicDim[],
    near: readonly SymbolicDim[],
  ): Dim | undefined {
    const known = [...this.#bySamples.values()]
    for (const kind of ['min', 'max'] as const) {
      const found =
        first(bases, (base) => clipped(kind, samples, base)) ?? extremeOf(kind, samples, known)
      if (found !== undefined) return found
      for (const base of near) {
        const whole = samples.map((sample, index) => sample + base.samples[index]!)
        const more = extremeOf(kind, whole, known)
        if (more !== undefined) return minus(more, base)
        const rest = samples.map((sample, index) => base.samples[index]! - sample)
        const less = extremeOf(kind, rest, known)
        if (less !== undefined) return minus(base, less)
      }
    }
    return undefined
  }

  #combination(samples: readonly number[], bases: readonly SymbolicDim[]): Dim | undefined {
    for (const base of bases) {
      const found = combined(samples, [base])
      if (found !== undefined) return found
    }
    const free = this.#free.slice(0, 4)
    const products = free.flatMap((a, index) =>
      free.slice(index + 1).map((b) => times(a, b) as SymbolicDim),
    )
    const all = unique([
      ...free,
      ...products,
      ...(free.length === 3 ? [times(...free) as SymbolicDim] : []),
    ])
    const found = free.length > 1 ? combined(samples, all) : undefined
    if (found !== undefined) return found
    for (const [index, a] of bases.entries()) {
      for (const b of bases.slice(index + 1)) {
        const pair = combined(samples, [a, b]) ?? combined(samples, [times(a, b) as SymbolicDim])
        if (pair !== undefined) return pair
      }
      const square = combined(samples, [a, times(a, a) as SymbolicDim])
      if (square !== undefined) return square
    }
    return undefined
  }
}

/** Whether no more than a few samples are another number than the rest. */
function isNearlyConstant(samples: readonly number[]): boolean {
  const counts = new Map<number, number>()
  for (const sample of samples) counts.set(sample, (counts.get(sample) ?? 0) + 1)
  return samples.length - Math.max(...counts.values()) <= FEW
}
