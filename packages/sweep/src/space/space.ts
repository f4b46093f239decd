import type { Data } from '@ashlar/plugins'
import type { Constraint } from './constraint.ts'
import { gridOf, type Parameter, type Point, sizeOf, valueAt } from './parameter.ts'

/** What a sweep searches. */
export interface Space {
  readonly parameters: readonly Parameter[]
  readonly constraints: readonly Constraint[]
}

/** The point at a place of the unit cube: one number for each parameter. */
export function pointAt({ parameters }: Space, units: readonly number[]): Point {
  const values = parameters.map((each, i) => [each.key, valueAt(each, units[i] ?? 0)] as const)
  return Object.fromEntries(values)
}

/** The number of different points; infinite where a parameter is real. */
export function spaceSize({ parameters }: Space): number {
  return parameters.reduce((size, each) => size * sizeOf(each), 1)
}

/** The values that a grid takes of each parameter, by its key. */
export type Grid = readonly (readonly [key: string, values: readonly Data[]])[]

/** The grid of a space. */
export function gridIn({ parameters }: Space): Grid {
  return parameters.map((each) => [each.key, gridOf(each)])
}

/** The number of points of a grid. */
export function gridSize(grid: Grid): number {
  return grid.reduce((size, [, values]) => size * values.length, 1)
}

/** A point of the grid, the last parameter varying first; undefined behind the last one. */
export function gridPoint(grid: Grid, index: number): Point | undefined {
  if (index >= gridSize(grid)) return undefined
  let rest = index
  const point = [...grid].reverse().map(([key, values]) => {
    const value = values[rest % values.length]!
    rest = Math.floor(rest / values.length)
    return [key, value] as const
  })
  return Object.fromEntries(point.reverse())
}

/** Whether all constraints hold. */
export function allows({ constraints }: Space, point: Point): boolean {
  return constraints.every((each) => each.holds(point))
}
