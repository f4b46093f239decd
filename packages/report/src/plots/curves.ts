import {
  type BestEpoch,
  downsample,
  formatNumber,
  formatTick,
  type RunCurves,
  type Series,
} from '@ashlar/ui'
import * as Plot from '@observablehq/plot'
import { drawPlot, fileName, type PlotImage } from './plot.ts'

/** Points of a line in a drawing. */
const MOST_DRAWN = 1000

interface Row {
  readonly step: number
  readonly value: number
  readonly series: string
}

/**
 * One plot for each metric of a run, training and validation together, the learning rate last, as {@link RunCurves} have them.
 *
 * @param curves `best` is marked in each plot.
 */
export function curvePlots({ series, best }: Pick<RunCurves, 'series' | 'best'>): PlotImage[] {
  const metrics = new Set(series.map(({ metric }) => metric))
  const used = new Set<string>()
  return [...metrics].map((metric) => {
    const rows = series.filter((each) => each.metric === metric).flatMap(rowsOf)
    return drawCurves({ name: RATES.get(metric) ?? metric, used, best }, rows)
  })
}

/** What is no measure of the model, in words. */
const RATES: ReadonlyMap<string, string> = new Map([['learningRate', 'learning rate']])

/** Few enough for a drawing. */
function rowsOf({ metric, part, steps, values }: Series): Row[] {
  // Where runs lie on one grid, there are gaps.
  const there = steps.flatMap((step, i) => (values[i] == null ? [] : [{ step, value: values[i] }]))
  const points = downsample(
    { steps: there.map(({ step }) => step), values: there.map(({ value }) => value) },
    MOST_DRAWN,
  )
  const name = RATES.get(metric) ?? part
  return points.steps.map((step, i) => ({ step, value: points.values[i]!, series: name }))
}

interface Drawing {
  readonly name: string
  /** Names of files that are taken. */
  readonly used: Set<string>
  readonly best: BestEpoch | undefined
}

/** Pixels that words at the end of a line take. */
const BESIDE = 76

function drawCurves({ name, used, best }: Drawing, rows: readonly Row[]): PlotImage {
  const file = unused(fileName(name), used)
  const series = [...new Set(rows.map((row) => row.series))]
  const ends = endsOf(rows, series)
  const marked = best === undefined || rows.every(({ step }) => step < best.step) ? [] : [best]
  return drawPlot(file, `${name} by step`, {
    ...(series.length > 1 ? { marginRight: BESIDE } : { marginRight: 28 }),
    marginTop: 30,
    marginLeft: 66,
    x: { label: 'step', nice: true, tickFormat: tick, ticks: 6 },
    y: { label: name, grid: true, nice: true, tickFormat: tick },
    color: { domain: series },
    marks: [
      Plot.ruleX(marked, { x: 'step', stroke: 'currentColor', strokeDasharray: '3 3' }),
      Plot.text(marked, {
        x: 'step',
        frameAnchor: 'top',
        dy: -12,
        text: ({ epoch, metric, value }: BestEpoch) =>
          `best epoch: ${epoch} (${metric} ${formatNumber(value)})`,
        fill: 'currentColor',
        ...(rows.some(({ step }) => step > 1.4 * (best?.step ?? 0))
          ? {}
          : { textAnchor: 'end' as const }),
      }),
      Plot.lineY(rows, { x: 'step', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(thin(rows), { x: 'step', y: 'value', fill: 'series', r: 2.5 }),
      // Beside the lines' ends, where no line lies.
      ...(series.length > 1
        ? ends.map(({ row, dy }) =>
            Plot.text([row], {
              frameAnchor: 'right',
              y: 'value',
              text: 'series',
              fill: 'series',
              textAnchor: 'start',
              dx: 8,
              dy,
            }),
          )
        : []),
    ],
  })
}

/** A number along an axis, whole. */
function tick(value: number): string {
  return formatTick(value)
}

/** The last point of each series, and how far its word moves so that two do not touch. */
function endsOf(rows: readonly Row[], series: readonly string[]): { row: Row; dy: number }[] {
  const last = series.map((each) => rows.findLast((row) => row.series === each)!)
  const values = rows.map(({ value }) => value)
  const height = Math.max(...values) - Math.min(...values) || 1
  const [one, other] = last
  const touch = one && other && Math.abs(one.value - other.value) / height < 0.09
  return last.map((row, i) => ({
    row,
    dy: !touch
      ? 0
      : row.value > last[1 - i]!.value || (row.value === last[1 - i]!.value && i === 0)
        ? -8
        : 8,
  }))
}

function unused(name: string, used: Set<string>): string {
  let found = name
  for (let i = 2; used.has(found.toLowerCase()); i++) found = `${name}-${i}`
  used.add(found.toLowerCase())
  return found
}

/** Dots where they can be told apart. */
function thin(rows: readonly Row[]): readonly Row[] {
  return rows.length <= 60 ? rows : []
}
