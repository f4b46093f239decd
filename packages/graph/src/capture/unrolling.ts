/** A loop whose end is known is written out when it takes at most so many rounds. */
const LONGEST = 256

/** Decides whether loops are written out, one round after the other, and knows whether any was. */
export class Unrolling {
  /** How many rounds a loop may take to be written out. */
  readonly limit: number
  /** Whether a loop was written out. */
  wasUsed = false

  constructor(isAllowed = true) {
    this.limit = isAllowed ? LONGEST : 0
  }
}
