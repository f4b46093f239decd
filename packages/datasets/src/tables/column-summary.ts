import { type CountBudget, FrequentNumbers } from './frequent-numbers.ts'
import { NumberParts, type Tally } from './middle-numbers.ts'
import type { Missing } from './missing.ts'
import { MomentSum, type Moments } from './moments.ts'

/** What a column of numbers says, as far as it is needed. */
export interface NumberFacts {
  /** Of the numbers that are there. */
  readonly moments: Moments
  /** Cells that say nothing. */
  readonly missing: number
  /** The most frequent number, where that fills; undefined where none is surely it. */
  readonly frequent?: number | undefined
  /** Where the numbers lie, where the median fills: a second pass follows. */
  readonly parts?: Tally | undefined
}

/** Takes the numbers of a column one after the other, and keeps none of them. */
export class NumberSummary {
  readonly #moments = new MomentSum()
  readonly #frequent: FrequentNumbers | undefined
  readonly #parts: NumberParts | undefined
  #missing = 0

  /**
   * @param missing what is filled, and so must be known.
   * @param most different numbers that are counted for the most frequent one.
   * @param budget what several columns may count together.
   */
  constructor(missing: Missing, most?: number, budget?: CountBudget) {
    this.#frequent = missing === 'most-frequent' ? new FrequentNumbers(most, budget) : undefined
    this.#parts = missing === 'median' ? new NumberParts() : undefined
  }

  /** @param number undefined where the cell is missing. */
  add(number: number | undefined): void {
    if (number === undefined) {
      this.#missing++
      return
    }
    this.#moments.add(number)
    this.#frequent?.add(number)
    this.#parts?.add(number)
  }

  done(): NumberFacts {
    return {
      ...{ moments: this.#moments.done(), missing: this.#missing },
      ...(this.#frequent && { frequent: this.#frequent.best() }),
      ...(this.#parts && { parts: this.#parts.done() }),
    }
  }
}

/** What a column of names says. */
export interface NameFacts {
  /** Those that differ. */
  readonly names: readonly string[]
  /** Cells that say nothing. */
  readonly missing: number
  /** Of those that are as frequent, the first by code point; undefined where there are none. */
  readonly frequent: string | undefined
}

/** Takes the names of a column one after the other. */
export class NameSummary {
  readonly #counts = new Map<string, number>()
  #missing = 0

  /** How many different names there are. */
  get size(): number {
    return this.#counts.size
  }

  /** @param name undefined where the cell is missing. */
  add(name: string | undefined): void {
    if (name === undefined) this.#missing++
    else this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  done(): NameFacts {
    let frequent: string | undefined
    let times = 0
    for (const [name, count] of this.#counts) {
      if (count < times || (count === times && name > frequent!)) continue
      frequent = name
      times = count
    }
    return { names: [...this.#counts.keys()], missing: this.#missing, frequent }
  }
}
