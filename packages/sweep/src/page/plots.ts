import type { CurvePoint } from '@ashlar/experiment/runs'
import { drawPlot, type PlotImage } from '@ashlar/report'
import { formatNumber } from '@ashlar/ui'
import * as Plot from '@observablehq/plot'
import { type Parameter, placeOf, textOf, valueAt } from '../space/parameter.ts'
import type { Trial } from '../trials/trial.ts'
import type { Importance } from './importance.ts'

/** Letters of a value beside an axis. */
const LETTERS = 18

/** Pixels between two axes. */
const APART = 150

/**
 * Parallel coordinates: an axis for each parameter and one for the metric, and a line for each trial, the better the more it stands out.
 *
 * @param trials those that are worth something, the best first.
 */
export function parallelPlot(
  parameters: readonly Parameter[],
  trials: readonly Trial[],
  metric: string,
): PlotImage {
  const values = trials.map(({ metrics }) => metrics[metric] ?? Number.NaN).filter(Number.isFinite)
  const low = Math.min(...values)
  const high = Math.max(...values)
  const outcome = (value: number) => (high === low ? 0.5 : (value - low) / (high - low))
  const labels = [...parameters.map(({ key }) => key), metric]
  const lines = trials.flatMap(({ id, params, metrics }, rank) => {
    const places = [
      ...parameters.map((each) => placeOf(each, params[each.key])),
      outcome(metrics[metric] ?? Number.NaN),
    ]
    const goodness = trials.length === 1 ? 1 : 1 - rank / (trials.length - 1)
    return places.map((y, x) => ({ id, x, y, goodness }))
  })
  const ticks = [
    ...parameters.flatMap((each, x) => ticksOf(each).map((tick) => ({ x, ...tick }))),
    ...[low, (low + high) / 2, high].map((value) => ({
      x: parameters.length,
      y: outcome(value),
      text: formatNumber(value),
    })),
  ]
  const rules = labels.map((_, x) => ({ x }))
  return drawPlot('parallel', 'Every trial: what it was given, and what it came to', {
    width: Math.max(480, APART * labels.length),
    height: 340,
    marginLeft: 20,
    marginRight: 110,
    marginTop: 40,
    marginBottom: 16,
    x: { axis: null, domain: [0, labels.length - 1] },
    y: { axis: null, domain: [0, 1] },
    // On light pages and on dark ones.
    color: { type: 'linear', domain: [0, 1], range: ['#aab4be', '#d1495b'] },
    marks: [
      Plot.line(
        [...lines].sort((a, b) => a.goodness - b.goodness),
        {
          ...{ x: 'x', y: 'y', z: 'id', stroke: 'goodness', strokeWidth: 1.5 },
          strokeOpacity: trials.length > 60 ? 0.45 : 0.8,
        },
      ),
      Plot.ruleX(rules, { x: 'x' }),
      Plot.text(ticks, { x: 'x', y: 'y', text: 'text', dx: 5, textAnchor: 'start' }),
      Plot.text(labels, {
        ...{ x: (_: string, i: number) => i, y: () => 1, text: (each: string) => each.slice(-28) },
        ...{ dy: -20, dx: -4, textAnchor: 'start', fontWeight: 'bold' },
      }),
    ],
  })
}

function ticksOf(parameter: Parameter): { readonly y: number; readonly text: string }[] {
  const values =
    parameter.kind === 'choices'
      ? parameter.values
      : [0, 0.5, 1].map((unit) => valueAt(parameter, unit))
  return values.map((value) => ({
    y: placeOf(parameter, value) ?? 0,
    text: (typeof value === 'number' ? formatNumber(value) : textOf(value)).slice(0, LETTERS),
  }))
}

/** A bar for each parameter. */
export function importancePlot(importance: readonly Importance[]): PlotImage {
  return drawPlot('importance', 'Importance: how much of the spread each explains by itself', {
    height: 70 + 34 * importance.length,
    marginLeft: 190,
    marginRight: 40,
    x: { domain: [0, 100], percent: true, label: '% of the variance', grid: true },
    y: { label: null, domain: importance.map(({ key }) => key) },
    marks: [Plot.barX(importance, { x: 'share', y: 'key', fill: '#4c78a8' }), Plot.ruleX([0])],
  })
}

/** The metric of every trial, by step. */
export function allCurvesPlot(
  curves: readonly { readonly id: string; readonly points: readonly CurvePoint[] }[],
  metric: string,
  best: string | undefined,
): PlotImage {
  const rows = curves.flatMap(({ id, points }) =>
    points.filter(({ value }) => Number.isFinite(value)).map((point) => ({ id, ...point })),
  )
  const own = rows.filter(({ id }) => id === best)
  return drawPlot('curves', `${metric} by step, of every trial`, {
    width: 720,
    height: 380,
    x: { label: 'step', nice: true },
    y: { label: metric, grid: true, nice: true },
    marks: [
      Plot.line(rows, { x: 'step', y: 'value', z: 'id', stroke: '#8a94a0', strokeOpacity: 0.6 }),
      Plot.dot(rows.length <= 600 ? rows : [], { x: 'step', y: 'value', fill: '#8a94a0', r: 1.6 }),
      Plot.line(own, { x: 'step', y: 'value', stroke: '#d1495b', strokeWidth: 2.5 }),
      Plot.dot(own, { x: 'step', y: 'value', fill: '#d1495b', r: 2.5 }),
    ],
  })
}

/** The best so far, trial by trial. */
export function progressPlot(trials: readonly Trial[], metric: string): PlotImage {
  const rows: { readonly index: number; readonly value: number; readonly best: number }[] = []
  let least = Number.POSITIVE_INFINITY
  let best = Number.NaN
  const ordered = [...trials].sort((a, b) => a.index - b.index)
  for (const [index, { rungs, metrics }] of ordered.entries()) {
    const score = rungs.at(-1)!.score
    const value = metrics[metric]!
    if (score < least) {
      least = score
      best = value
    }
    rows.push({ index: index + 1, value, best })
  }
  return drawPlot('progress', `${metric} of each trial, and the best so far`, {
    x: { label: 'trial', nice: true },
    y: { label: metric, grid: true, nice: true },
    marks: [
      Plot.dot(rows, { x: 'index', y: 'value', fill: '#8a94a0', r: 2.5 }),
      Plot.line(rows, { x: 'index', y: 'best', stroke: '#d1495b', curve: 'step-after' }),
    ],
  })
}
