/** The middle of the numbers, between the two middle ones for an even count; NaN for none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]!
  return (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median with smallest and largest. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Median, smallest and largest of at least one number. */
export function spreadOf(numbers: readonly number[]): Spread {
  return { median: median(numbers), low: Math.min(...numbers), high: Math.max(...numbers) }
}

/**
 * The median of the ratios of each round. Both sides of a ratio were measured within seconds of each other, so what slows a
 * whole round down does not show.
 *
 * @param ours one number per round.
 * @param theirs one number for each of the same rounds.
 */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) {
    throw new RangeError(`medianRatio: ${ours.length} rounds against ${theirs.length}`)
  }
  return median(ours.map((value, round) => value / theirs[round]!))
}
