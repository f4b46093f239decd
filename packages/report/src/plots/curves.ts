import type { Curves } from '@ashlar/core/runs'
import * as Plot from '@observablehq/plot'
import { drawPlot, type PlotImage } from './plot.ts'

/** What validation metrics begin with. */
const VALIDATION = 'val_'

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
  const plots = [...metrics].map((metric) => {
    const training = longer(steps[metric], epochs[metric])
    const validation = epochs[VALIDATION + metric] ?? []
    return drawCurves(metric, [
      ...training.map((point): Row => ({ ...point, series: 'training' })),
      ...validation.map((point): Row => ({ ...point, series: 'validation' })),
    ])
  })
  const rates = longer(steps.learningRate, epochs.learningRate)
  if (rates.length === 0) return plots
  const rows = rates.map((point): Row => ({ ...point, series: 'learning rate' }))
  return [...plots, drawCurves('learning rate', rows)]
}

function drawCurves(name: string, rows: readonly Row[]): PlotImage {
  const series = [...new Set(rows.map((row) => row.series))]
  return drawPlot(name.replaceAll(' ', '-'), `${name} by step`, {
    x: { label: 'step', nice: true },
    y: { label: name, grid: true, nice: true },
    color: { domain: series, legend: series.length > 1 },
    marks: [
      Plot.lineY(rows, { x: 'step', y: 'value', stroke: 'series', strokeWidth: 2 }),
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

/** Dots where they can be told apart. */
function thin(rows: readonly Row[]): readonly Row[] {
  return rows.length <= 60 ? rows : []
}

function longer<T>(one: readonly T[] = [], other: readonly T[] = []): readonly T[] {
  return one.length > other.length ? one : other
}
