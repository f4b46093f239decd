import type { Data } from '@ashlar/plugins'

/** One of several values. */
export interface Choices {
  readonly kind: 'choices'
  /** Path of the experiment that it sets: `model.name`. */
  readonly key: string
  readonly values: readonly Data[]
}

/** A number between two others, both included. */
export interface Range {
  readonly kind: 'range'
  /** Path of the experiment that it sets: `optimizer.learningRate`. */
  readonly key: string
  readonly low: number
  readonly high: number
  /** Whether equal ratios are equally likely, not equal distances. */
  readonly log: boolean
  /** Whether it is whole numbers. */
  readonly whole: boolean
  /** Distance between two values, counted from `low`; any number in between where it is left out. */
  readonly step?: number | undefined
  /** Values that a grid takes of it, where it has no values of its own. */
  readonly points: number
}

/** A part of an experiment that a sweep varies. */
export type Parameter = Choices | Range

/** Values that a grid takes of a range of real numbers that says nothing else. */
export const GRID_POINTS = 5

/** What a sweep gives an experiment for one trial: values by path. */
export type Point = Readonly<Record<string, Data>>

/** Digits that a drawn number keeps: enough for anything that is tuned, and they read well. */
const DIGITS = 6

/** The number of values; infinite for real numbers. */
export function sizeOf(parameter: Parameter): number {
  if (parameter.kind === 'choices') return parameter.values.length
  const { low, high } = parameter
  const step = stepOf(parameter)
  return step === undefined ? Number.POSITIVE_INFINITY : stepsIn(high - low, step) + 1
}

/** The values that a grid takes, in order. */
export function gridOf(parameter: Parameter): readonly Data[] {
  if (parameter.kind === 'choices') return parameter.values
  const size = sizeOf(parameter)
  const { points } = parameter
  // Whole numbers on a scale of ratios would be thousands.
  const isListed = Number.isFinite(size) && !(parameter.log && size > points)
  const count = isListed ? size : points
  const at = (index: number) =>
    isListed
      ? steppedAt(parameter, index)
      : inRange(parameter, count === 1 ? 0.5 : index / (count - 1))
  return [...new Set(Array.from({ length: count }, (_, index) => at(index)))]
}

/**
 * The value at a place of the unit interval.
 *
 * @param unit 0 or more, below 1 (1 counts as the last value).
 */
export function valueAt(parameter: Parameter, unit: number): Data {
  if (parameter.kind === 'choices') {
    const { values } = parameter
    return values[Math.min(values.length - 1, Math.floor(unit * values.length))]!
  }
  const size = sizeOf(parameter)
  if (!Number.isFinite(size) || parameter.log) return inRange(parameter, unit)
  return steppedAt(parameter, Math.min(size - 1, Math.floor(unit * size)))
}

/**
 * Where a value lies between the first and the last: the other way round of {@link valueAt}, but that the last one is at 1.
 *
 * @returns undefined for a value that the parameter cannot have.
 */
export function placeOf(parameter: Parameter, value: Data | undefined): number | undefined {
  if (parameter.kind === 'choices') {
    const { values } = parameter
    const json = JSON.stringify(value)
    const index = values.findIndex((each) => JSON.stringify(each) === json)
    if (index < 0) return undefined
    return values.length === 1 ? 0.5 : index / (values.length - 1)
  }
  if (typeof value !== 'number') return undefined
  const { low, high, log } = parameter
  if (low === high) return 0.5
  const place = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
  return place >= -1e-9 && place <= 1 + 1e-9 ? Math.min(1, Math.max(0, place)) : undefined
}

/** A value as people read it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function stepOf({ whole, step }: Range): number | undefined {
  return step ?? (whole ? 1 : undefined)
}

/** Rounding must not lose the last one: 0.3 / 0.1 is below 3. */
function stepsIn(distance: number, step: number): number {
  return Math.floor(distance / step + 1e-9)
}

function steppedAt(range: Range, index: number): number {
  return rounded(range.low + index * stepOf(range)!)
}

function inRange(range: Range, unit: number): number {
  const { low, high, log } = range
  const value = log ? low * (high / low) ** unit : low + (high - low) * unit
  const step = stepOf(range)
  const near = step === undefined ? value : low + Math.round((value - low) / step) * step
  return Math.min(high, Math.max(low, rounded(near)))
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))
}
