import { ConfigError } from '@ashlar/errors'
import { type Comparison, compareRuns, deviationOf, isDeviation } from '@ashlar/experiment/runs'
import { formatMetric, formatSpread } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { formatTable } from '../terminal/table.ts'

/** Width of a curve in the terminal. */
const CURVE = 30

/** Shows runs beside each other: what differs in their experiments, metrics, curves. */
export async function showComparison(paths: readonly string[], output: Output): Promise<void> {
  if (paths.length < 2) {
    throw new ConfigError({
      where: 'ashlar compare',
      expected: 'there must be two runs or more',
      given: paths,
    })
  }
  const comparison = await compareRuns(paths)
  output.result(comparison)
  if (output.json) return
  const { runs, differences, metrics } = comparison
  const names = runs.map((_, i) => letter(i))
  for (const [i, { run, outcome }] of runs.entries()) {
    output.line(`${names[i]}  ${run}${outcome === 'finished' ? '' : ` (${outcome})`}`)
  }
  output.line()
  const differing = Object.entries(differences).map(([key, values]) => [key, ...values.map(text)])
  if (differing.length === 0) output.line('the experiments are the same')
  for (const line of formatTable(['experiment', ...names], differing)) {
    if (differing.length > 0) output.line(line)
  }
  output.line()
  const measured = Object.entries(metrics).flatMap(([key, values]) => {
    // Shown beside the means that they belong to.
    if (isDeviation(key)) return []
    return [[key, ...values.map((value, i) => spread(value, deviationOf(runs[i]!, key)))]]
  })
  for (const line of formatTable(['metric', ...names], measured)) output.line(line)
  for (const line of describeCurves(comparison, names)) output.line(line)
}

/** One line for each run and metric, all curves of a metric on one scale. */
function describeCurves({ curves }: Comparison, names: readonly string[]): string[] {
  const metrics = [...new Set(curves.flatMap((each) => Object.keys(each)))]
  return metrics.flatMap((metric) => {
    const lines = curves.map((each) => each[metric]?.map(({ value }) => value) ?? [])
    // A point is no curve.
    if (lines.every((values) => values.length < 2)) return []
    const all = lines.flat()
    const [low, high] = [Math.min(...all), Math.max(...all)]
    return [
      '',
      `${metric}, ${formatMetric(low)} to ${formatMetric(high)}`,
      ...lines.map((values, i) => {
        const ends = [values[0], values.at(-1)].map((value) =>
          value === undefined ? '' : formatMetric(value),
        )
        return `${names[i]}  ${sparkline(values, { low, high, width: CURVE })}  ${ends.join(' → ')}`
      }),
    ]
  })
}

function spread(value: number | undefined, deviation: number | undefined): string {
  return value === undefined ? '' : formatSpread(value, deviation)
}

function text(value: string | number | boolean | null | undefined): string {
  return value == null ? '-' : String(value)
}

/** A, B, ... Z, A2, ... */
function letter(index: number): string {
  const round = Math.floor(index / 26)
  return String.fromCharCode(65 + (index % 26)) + (round === 0 ? '' : String(round + 1))
}
