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

/** The number of points of a grid. */
export function gridSize({ parameters }: Space): number {
  return parameters.reduce((size, each) => size * gridOf(each).length, 1)
}

/** A point of the grid, the last parameter varying first; undefined behind the last one. */
export function gridPoint(space: Space, index: number): Point | undefined {
  if (index >= gridSize(space)) return undefined
  let rest = index
  const values = [...space.parameters].reverse().map((each) => {
    const grid = gridOf(each)
    const value = grid[rest % grid.length]!
    rest = Math.floor(rest / grid.length)
    return [each.key, value] as const
  })
  return Object.fromEntries(values.reverse())
}

/** Whether all constraints hold. */
export function allows({ constraints }: Space, point: Point): boolean {
  return constraints.every((each) => each.holds(point))
}
