/** Different numbers that are counted at a time, of a column, */
const MOST = 2 ** 17
/** and of all columns that are gone through together: some 60 MB. */
const MOST_IN_ALL = 2 ** 20

/** What columns that are gone through together may count: beyond, the one forgets that counts most numbers. */
export class CountBudget {
  readonly #columns: FrequentNumbers[] = []
  readonly #most: number
  #taken = 0

  constructor(most: number = MOST_IN_ALL) {
    this.#most = most
  }

  /** How many different numbers are counted. */
  get taken(): number {
    return this.#taken
  }

  join(column: FrequentNumbers): void {
    this.#columns.push(column)
  }

  /** @param count of numbers that are counted now, and were not; below 0 of those forgotten. */
  take(count: number): void {
    this.#taken += count
    if (this.#taken > this.#most) {
      this.#columns.reduce((a, b) => (b.size > a.size ? b : a)).forget()
    }
  }
}

/**
 * Finds the most frequent of numbers that come one after the other, with bounded memory. As long as they have no more than `most` different values, each is counted. Beyond, rare ones are
 * forgotten (Misra and Gries), and how often one may have been missed is known: the most frequent is told where nothing that was forgotten can be as frequent.
 */
export class FrequentNumbers {
  readonly #most: number
  readonly #counts = new Map<number, number>()
  readonly #budget: CountBudget | undefined
  #missed = 0

  /** @param budget shared with the other columns. */
  constructor(most: number = MOST, budget?: CountBudget) {
    this.#most = most
    this.#budget = budget
    budget?.join(this)
  }

  /** Different numbers that are counted now. */
  get size(): number {
    return this.#counts.size
  }

  add(number: number): void {
    const count = this.#counts.get(number)
    this.#counts.set(number, (count ?? 0) + 1)
    if (count !== undefined) return
    this.#budget?.take(1)
    if (this.size > this.#most) this.forget()
  }

  /** Of those that are as frequent, the smallest; undefined for no numbers, and where it is not sure. */
  best(): number | undefined {
    let best: number | undefined
    let times = 0
    let next = 0
    for (const [number, count] of this.#counts) {
      if (count > times || (count === times && number < best!)) {
        next = times
        best = number
        times = count
      } else next = Math.max(next, count)
    }
    const isSure = this.#missed === 0 || times > next + this.#missed
    return isSure ? best : undefined
  }

  /** Takes away as much of each as leaves the more frequent half. */
  forget(): void {
    const before = this.size
    const inOrder = [...this.#counts.values()].sort((a, b) => b - a)
    const rare = inOrder[before >> 1]!
    this.#missed += rare
    for (const [number, count] of this.#counts) {
      if (count > rare) this.#counts.set(number, count - rare)
      else this.#counts.delete(number)
    }
    this.#budget?.take(this.size - before)
  }
}
