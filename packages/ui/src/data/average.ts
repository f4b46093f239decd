/** How far lines lie around their mean. */
export type Spread = 'deviation' | 'range'

/** Numbers over steps, in the order of steps; where there is none, null. */
interface Curve {
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** The mean of lines, and a band around it. */
export interface Average extends Curve {
  readonly values: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/** Places of an average, at most. */
const MOST_PLACES = 2000

/**
 * The mean of lines at the places that any of them has, each read between its own points and nowhere beyond them: of a run that ended early there is nothing to average.
 *
 * @param spread the band: one standard deviation (of a sample) on either side, or from the smallest to the largest.
 */
export function averageOf(lines: readonly Curve[], spread: Spread): Average {
  const known = lines.map(withoutGaps).filter(({ steps }) => steps.length > 0)
  const all = [...new Set(known.flatMap(({ steps }) => steps))].sort((a, b) => a - b)
  const stride = Math.ceil(all.length / MOST_PLACES) || 1
  const steps = all.filter((_, i) => i % stride === 0 || i === all.length - 1)
  const readers = known.map(reader)
  const [values, low, high]: [number[], number[], number[]] = [[], [], []]
  for (const step of steps) {
    const there = readers.flatMap((read) => read(step) ?? [])
    const mean = there.reduce((sum, each) => sum + each, 0) / there.length
    const [from, to] = bandOf(there, mean, spread)
    values.push(mean)
    low.push(from)
    high.push(to)
  }
  return { steps, values, low, high }
}

/** The standard deviation of a sample; 0 of a single one. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

function bandOf(values: readonly number[], mean: number, spread: Spread): [number, number] {
  if (spread === 'range') return [Math.min(...values), Math.max(...values)]
  const deviation = deviationOf(values)
  return [mean - deviation, mean + deviation]
}

function withoutGaps({ steps, values }: Curve): { steps: number[]; values: number[] } {
  const there = [...values.keys()].filter((i) => values[i] != null && Number.isFinite(values[i]))
  return { steps: there.map((i) => steps[i]!), values: there.map((i) => values[i]!) }
}

/** Reads a line at steps that are asked for in ascending order. */
function reader({
  steps,
  values,
}: {
  steps: readonly number[]
  values: readonly number[]
}): (step: number) => number | undefined {
  let at = 0
  return (step) => {
    if (step < steps[0]! || step > steps.at(-1)!) return undefined
    while (at < steps.length - 1 && steps[at + 1]! <= step) at++
    const [from, to] = [steps[at]!, steps[at + 1]]
    if (to === undefined || step === from) return values[at]!
    return values[at]! + ((step - from) / (to - from)) * (values[at + 1]! - values[at]!)
  }
}
