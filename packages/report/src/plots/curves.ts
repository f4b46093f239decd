import type { CurvePoint, Curves } from '@ashlar/experiment/runs'
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
 */
export function curvePlots(epochs: Curves, steps: Curves): PlotImage[] {
  const names = [...Object.keys(epochs), ...Object.keys(steps)]
  const metrics = new Set(
    names.filter((name) => !OTHERS.has(name)).map((name) => name.replace(VALIDATION, '')),
  )
  const used = new Set<string>()
  const plots = [...metrics].slice(0, MOST_METRICS).map((metric) => {
    const training = longer(of(steps, metric), of(epochs, metric))
    const validation = of(epochs, VALIDATION + metric) ?? []
    return drawCurves(metric, used, [
      ...training.map((point): Row => ({ ...point, series: 'training' })),
      ...validation.map((point): Row => ({ ...point, series: 'validation' })),
    ])
  })
  const rates = longer(of(steps, 'learningRate'), of(epochs, 'learningRate'))
  if (rates.length === 0) return plots
  const rows = rates.map((point): Row => ({ ...point, series: 'learning rate' }))
  return [...plots, drawCurves('learning rate', used, rows)]
}

/** A metric may be called `constructor`. */
function of(curves: Curves, name: string): readonly CurvePoint[] | undefined {
  return Object.hasOwn(curves, name) ? curves[name] : undefined
}

/** @param used names of files that are taken. */
function drawCurves(name: string, used: Set<string>, rows: readonly Row[]): PlotImage {
  const file = unused(fileName(name), used)
  const series = [...new Set(rows.map((row) => row.series))]
  return drawPlot(file, `${name} by step`, {
    x: { label: 'step', nice: true },
    y: { label: name, grid: true, nice: true },
    color: { domain: series, legend: series.length > 1 },
    marks: [
      Plot.lineY(rows, { x: 'step', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(thin(rows), { x: 'step', y: 'value', fill: 'series', r: 2.5 }),
      ...(series.length > 1
        ? [
            Plot.text(
              rows,
              Plot.selectLast({
                x: 'step',
                y: 'value',
                z: 'series',
                text: 'series',
                fill: 'series',
                textAnchor: 'end',
                dy: -9,
              }),
            ),
          ]
        : []),
    ],
  })
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
