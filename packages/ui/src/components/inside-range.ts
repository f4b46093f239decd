import uPlot from 'uplot'
import { rangeWithoutOutliers } from '../data/outliers.ts'

/** What an axis of values goes over, where outliers are left out of it. */
export function insideRange(
  { data, scales }: uPlot,
  low: number | null,
  high: number | null,
): uPlot.Range.MinMax {
  const [steps, ...lines] = data
  const { min, max, distr } = { min: null, max: null, ...scales.x, distr: scales.y?.distr }
  const window = { from: min ?? Number.NEGATIVE_INFINITY, to: max ?? Number.POSITIVE_INFINITY }
  const [from, to] = rangeWithoutOutliers(steps, lines, window) ?? [low ?? 0, high ?? 1]
  return distr === 3 ? uPlot.rangeLog(from, to, 10, false) : uPlot.rangeNum(from, to, 0.1, true)
}
