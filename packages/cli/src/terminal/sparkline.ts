const LEVELS = '▁▂▃▄▅▆▇█'

/** How to draw a {@link sparkline}. */
export interface SparklineOptions {
  /** The value of the lowest bar. */
  readonly low: number
  /** The value of the highest bar. */
  readonly high: number
  /** At most so many bars; more values are taken together by their mean. */
  readonly width: number
}

/** Values as one line of bars; those that are no numbers leave a gap. */
export function sparkline(
  values: readonly number[],
  { low, high, width }: SparklineOptions,
): string {
  const count = Math.min(width, values.length)
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count)
    const to = Math.floor(((i + 1) * values.length) / count)
    const some = values.slice(from, to)
    const mean = some.reduce((sum, value) => sum + value, 0) / some.length
    if (!Number.isFinite(mean)) return ' '
    const part = high > low ? (mean - low) / (high - low) : 0
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(part * LEVELS.length))]
  }).join('')
}
