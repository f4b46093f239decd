import { type TargetScale, targetScaleOf } from '@ashlar/core'

/** Where the numbers to predict lie, by those of the rows that are trained on alone. */
export function trainedScale(
  labels: ArrayLike<number>,
  rows: Uint32Array,
): TargetScale | undefined {
  return targetScaleOf(Float64Array.from(rows, (row) => labels[row]!))
}
