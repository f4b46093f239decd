/** What waits, oldest first, with the samples of all in it counted. */
export class Queue<Item extends { readonly samples: number }> {
  private items: Item[] = []
  private count = 0

  get length(): number {
    return this.items.length
  }

  /** Samples of all that wait. */
  get samples(): number {
    return this.count
  }

  get first(): Item | undefined {
    return this.items[0]
  }

  push(item: Item): void {
    this.items.push(item)
    this.count += item.samples
  }

  /** Puts back what was taken last. */
  putBack(items: readonly Item[]): void {
    this.items.unshift(...items)
    this.count += samplesOf(items)
  }

  /** Takes the oldest: those from the front that may go together, in at most `limit` samples, and the first in any case. */
  take(limit: number, together: (first: Item, next: Item) => boolean): Item[] {
    const { first } = this
    let samples = 0
    let count = 0
    for (const item of this.items) {
      if (count > 0 && (samples + item.samples > limit || !together(first!, item))) break
      samples += item.samples
      count += 1
    }
    this.count -= samples
    return this.items.splice(0, count)
  }

  /** Lets wait on what a predicate holds for. */
  keep(predicate: (item: Item) => boolean): void {
    this.items = this.items.filter(predicate)
    this.count = samplesOf(this.items)
  }

  /** Takes everything. */
  clear(): Item[] {
    const { items } = this
    this.items = []
    this.count = 0
    return items
  }
}

/** Samples of some requests. */
export function samplesOf(items: readonly { readonly samples: number }[]): number {
  let sum = 0
  for (const { samples } of items) sum += samples
  return sum
}
