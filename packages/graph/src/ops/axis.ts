import { ShapeError } from '@ashlar/errors'

/**
 * An axis counted from the front.
 *
 * @throws ShapeError when the tensor has no such axis.
 */
export function axisWithin(where: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError({
      where,
      expected: `axis must be a whole number from ${-rank} to ${rank - 1}`,
      given: axis,
    })
  }
  return axis < 0 ? axis + rank : axis
}
