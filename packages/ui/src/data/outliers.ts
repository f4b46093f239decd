/** Part of the values that is left out at either end. */
const SHARE = 0.05

/**
 * The smallest and largest value without outliers: from the 5th to the 95th percentile of all lines together, over a part of the steps.
 *
 * @param steps ascending.
 * @param lines values at the steps; gaps are left out.
 * @returns undefined where there is no value.
 */
export function rangeWithoutOutliers(
  steps: ArrayLike<number>,
  lines: readonly ArrayLike<number | null | undefined>[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly [number, number] | undefined {
  const values: number[] = []
  for (const line of lines) {
    for (let i = 0; i < steps.length; i++) {
      const value = line[i]
      if (steps[i]! >= from && steps[i]! <= to && Number.isFinite(value)) values.push(value!)
    }
  }
  if (values.length === 0) return undefined
  const sorted = Float64Array.from(values).sort()
  const left = Math.floor(sorted.length * SHARE)
  return [sorted[left]!, sorted[sorted.length - 1 - left]!]
}
