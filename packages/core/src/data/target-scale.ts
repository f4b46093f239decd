/** Where the numbers to predict lie, one of each for every target: what is near 0 is multiplied by `std` and moved by `mean`. */
export interface TargetScale {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Numbers up to here are in reach of a network as it begins, whose outputs are about 1. */
const NEAR = 10

/**
 * Mean and standard deviation of numbers to predict; undefined where both are within 10 of 0, which a network learns as it is. Prices and years are not: its weights
 * would need hundreds of epochs to get there.
 *
 * @param targets `[samples]`; not one of them missing.
 */
export function targetScaleOf(targets: ArrayLike<number>): TargetScale | undefined {
  const { length } = targets
  if (length === 0) return undefined
  // Without a copy: there may be as many as a streamed dataset has samples.
  let sum = 0
  for (let at = 0; at < length; at++) sum += targets[at]!
  const mean = sum / length
  let squares = 0
  for (let at = 0; at < length; at++) squares += (targets[at]! - mean) ** 2
  const std = Math.sqrt(squares / length)
  if (!Number.isFinite(mean) || !Number.isFinite(std)) return undefined
  if (Math.abs(mean) <= NEAR && std <= NEAR) return undefined
  // Numbers that are all one are learned by the mean alone.
  return { mean: [mean], std: [std > Math.abs(mean) * 1e-6 ? std : 1] }
}
