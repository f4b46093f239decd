import type { Value } from './answers.ts'
import { compareValues, textOf } from './groups.ts'

/** How many times the smallest number the largest is, from where on an axis counts ratios. */
const WIDE = 30

/** Values up to so many stand side by side, each with its number below it. */
const FEW = 6

/** Where values lie along an axis. */
export interface Places {
  readonly at: readonly number[]
  /** What stands at 0, 1, ...; undefined for numbers. */
  readonly names: readonly string[] | undefined
  readonly isLog: boolean
  /** What the axis goes over. */
  readonly range: readonly [number, number]
}

/** Values along an axis: numbers where they are, few of them and anything else side by side in their order. */
export function placesOf(values: readonly Value[]): Places {
  const distinct = [...new Set(values)].sort(compareValues)
  if (distinct.length > FEW && values.every((value) => typeof value === 'number')) {
    const numbers = values as readonly number[]
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    const isLog = least > 0 && most >= WIDE * least
    const margin = 0.06 * (most - least) || Math.abs(most) || 1
    const ratio = (most / least) ** 0.06
    return {
      ...{ at: numbers, names: undefined, isLog },
      range: isLog ? [least / ratio, most * ratio] : [least - margin, most + margin],
    }
  }
  const names = distinct.map(textOf)
  return {
    at: values.map((value) => distinct.indexOf(value)),
    ...{ names, isLog: false, range: [-0.5, names.length - 0.5] },
  }
}
