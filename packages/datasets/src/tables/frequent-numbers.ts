/** Different numbers that are counted at a time. */
const MOST = 2 ** 17

/**
 * Finds the most frequent of numbers that come one after the other, with bounded memory. As long as they have no more than `most` different values, each is counted. Beyond, rare ones are
 * forgotten (Misra and Gries), and how often one may have been missed is known: the most frequent is told where nothing that was forgotten can be as frequent.
 */
export class FrequentNumbers {
  readonly #most: number
  readonly #counts = new Map<number, number>()
  #missed = 0

  constructor(most: number = MOST) {
    this.#most = most
  }

  add(number: number): void {
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1)
    if (this.#counts.size > this.#most) this.#forget()
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
  #forget(): void {
    const inOrder = [...this.#counts.values()].sort((a, b) => b - a)
    const rare = inOrder[this.#most >> 1]!
    this.#missed += rare
    for (const [number, count] of this.#counts) {
      if (count > rare) this.#counts.set(number, count - rare)
      else this.#counts.delete(number)
    }
  }
}
