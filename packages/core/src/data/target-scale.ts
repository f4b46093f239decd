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
  const values = Array.from(targets)
  if (values.length === 0) return undefined
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length
  const std = Math.sqrt(variance)
  if (!Number.isFinite(mean) || !Number.isFinite(std)) return undefined
  if (Math.abs(mean) <= NEAR && std <= NEAR) return undefined
  // Numbers that are all one are learned by the mean alone.
  return { mean: [mean], std: [std > Math.abs(mean) * 1e-6 ? std : 1] }
}
