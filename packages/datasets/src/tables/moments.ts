/** What is known of numbers that have come one after the other. */
export interface Moments {
  readonly count: number
  readonly mean: number
  /** Sum of the squared distances from the mean. */
  readonly squares: number
}

/** Adds up numbers that come one after the other, however many (Welford). */
export class MomentSum {
  #count = 0
  #mean = 0
  #squares = 0

  add(number: number): void {
    this.#count++
    const before = number - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (number - this.#mean)
  }

  done(): Moments {
    return { count: this.#count, mean: this.#mean, squares: this.#squares }
  }
}

/** The same with one number more, so many times (Chan). */
export function withMore({ count, mean, squares }: Moments, more: number, times: number): Moments {
  const all = count + times
  if (times === 0 || all === 0) return { count, mean, squares }
  const away = more - mean
  return {
    count: all,
    mean: mean + (away * times) / all,
    squares: squares + (away * away * count * times) / all,
  }
}

/** Mean and standard deviation, divided by the count; undefined where there are no numbers. */
export function scaleOf({
  count,
  mean,
  squares,
}: Moments): { readonly mean: number; readonly std: number } | undefined {
  if (count === 0) return undefined
  const std = Math.sqrt(squares / count)
  // A column of one number tells nothing, and stays near zero whatever comes later.
  return { mean, std: std > Math.abs(mean) * 1e-12 ? std : 1 }
}
