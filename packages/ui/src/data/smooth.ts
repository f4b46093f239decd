/**
 * An exponential moving average without the pull towards its beginning (as Adam's moments are corrected). Gaps stay gaps and change nothing.
 *
 * @param weight of what was before: 0 changes nothing, below 1.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values]
  let average = 0
  let left = 1
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value
    average = weight * average + (1 - weight) * value
    left *= weight
    return average / (1 - left)
  })
}
