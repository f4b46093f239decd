import { type Parameter, placeOf } from '../space/parameter.ts'
import { unitOf } from '../suggest/random.ts'
import type { Trial } from '../trials/trial.ts'
import { fitForest } from './forest.ts'

/** Trials below which nothing can be said. */
const FEWEST = 5

/** Trials that a forest is grown of, at most. */
const MOST = 1000

/** Places of the space that the forest is asked about. */
const ASKED = 256

/** Values of each parameter that are looked at. */
const VALUES = 16

/** How much of the spread of results a parameter explains. */
export interface Importance {
  readonly key: string
  /** From 0 to 1: what it explains alone; the rest of 1 is what parameters do together. */
  readonly share: number
}

/**
 * How much each parameter matters: the share of the variance over the whole space that it explains by itself, by a random forest fitted to the trials (functional analysis
 * of variance: Hutter, Hoos and Leyton-Brown, 2014). Trials are compared after the epochs of their first rung, which all have had.
 *
 * @returns the most important one first; empty where there are too few trials, or all are worth the same.
 */
export function importanceOf(
  parameters: readonly Parameter[],
  trials: readonly Trial[],
): Importance[] {
  const rows = trials.slice(0, MOST).flatMap(({ params, rungs, error }) => {
    const places = parameters.map((each) => placeOf(each, params[each.key]))
    const score = rungs[0]?.score
    if (error !== undefined || score === undefined || !Number.isFinite(score)) return []
    return places.includes(undefined) ? [] : [{ places: places as number[], score }]
  })
  if (rows.length < FEWEST) return []
  const { predict } = fitForest(
    rows.map(({ places }) => places),
    rows.map(({ score }) => score),
  )
  const points = Array.from({ length: ASKED }, (_, i) =>
    parameters.map((each, j) => snapped(each, unitOf('importance', i, j))),
  )
  const all = variance(points.map(predict))
  if (!(all > 0)) return []
  return parameters
    .map(({ key }, j) => {
      const parameter = parameters[j]!
      const means = placesOf(parameter).map((place) =>
        mean(points.map((point) => predict(point.map((each, k) => (k === j ? place : each))))),
      )
      return { key, share: Math.min(1, variance(means) / all) }
    })
    .sort((a, b) => b.share - a.share)
}

function placesOf(parameter: Parameter): number[] {
  const count = parameter.kind === 'choices' ? parameter.values.length : VALUES
  const isListed = parameter.kind === 'choices'
  return Array.from({ length: count }, (_, i) =>
    isListed ? (count === 1 ? 0.5 : i / (count - 1)) : (i + 0.5) / count,
  )
}

function snapped(parameter: Parameter, unit: number): number {
  if (parameter.kind !== 'choices') return unit
  const places = placesOf(parameter)
  return places[Math.floor(unit * places.length)]!
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length
}

function variance(values: readonly number[]): number {
  const middle = mean(values)
  return mean(values.map((each) => (each - middle) ** 2))
}
