import type { CurvePoint, Curves } from '@ashlar/experiment/runs'
import { type BestEpoch, formatNumber, formatTick } from '@ashlar/ui'
import * as Plot from '@observablehq/plot'
import { drawPlot, fileName, type PlotImage } from './plot.ts'

/** What validation metrics begin with. */
const VALIDATION = 'val_'

/** More than anybody looks at. */
const MOST_METRICS = 100

/** What a run logs that is no measure of the model. */
const OTHERS = new Set(['learningRate', 'seconds'])

interface Row {
  readonly step: number
  readonly value: number
  readonly series: string
}

/**
 * One plot for each metric of a run, training and validation together, then the learning rate.
 *
 * @param epochs a point per epoch.
 * @param steps a point per logged step: drawn where they are more.
 * @param best marked in each of them.
 */
export function curvePlots(epochs: Curves, steps: Curves, best?: BestEpoch): PlotImage[] {
  const names = [...Object.keys(epochs), ...Object.keys(steps)]
  const metrics = new Set(
    names.filter((name) => !OTHERS.has(name)).map((name) => name.replace(VALIDATION, '')),
  )
  const used = new Set<string>()
  const plots = [...metrics].slice(0, MOST_METRICS).map((metric) => {
    const training = longer(of(steps, metric), of(epochs, metric))
    const validation = of(epochs, VALIDATION + metric) ?? []
    return drawCurves({ name: metric, used, best }, [
      ...training.map((point): Row => ({ ...point, series: 'training' })),
      ...validation.map((point): Row => ({ ...point, series: 'validation' })),
    ])
  })
  const rates = longer(of(steps, 'learningRate'), of(epochs, 'learningRate'))
  if (rates.length === 0) return plots
  const rows = rates.map((point): Row => ({ ...point, series: 'learning rate' }))
  return [...plots, drawCurves({ name: 'learning rate', used, best }, rows)]
}

/** A metric may be called `constructor`. */
function of(curves: Curves, name: string): readonly CurvePoint[] | undefined {
  return Object.hasOwn(curves, name) ? curves[name] : undefined
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

function longer<T>(one: readonly T[] = [], other: readonly T[] = []): readonly T[] {
  return one.length > other.length ? one : other
}
