import type { Shape } from '../ir/index.ts'

/** Rows of so many numbers are quickly moved as they are. */
const LONG_ROW = 8

/** What takes less than a node more. */
const SMALL = 4096

/**
 * How axes are put into an order by onnxruntime's Transpose: in one step, or in two where that is some times quicker. It is quick where a single axis moves, and where rows of the last axis stay whole;
 * any other order it takes number by number. There, the axis that comes last is moved first, and then its rows.
 */
export function quickOrders(shape: Shape, perm: readonly number[]): readonly (readonly number[])[] {
  const last = perm.at(-1)!
  const row = shape[last]!
  const size = shape.reduce<number>((product, each) => product * Number(each), 1)
  // Sizes that vary are no numbers.
  const isLarge = typeof row === 'number' && row >= LONG_ROW && size >= SMALL
  if (!isLarge || last === perm.length - 1 || movesOneAxis(perm)) return [perm]
  const moved = [...perm.keys()].filter((axis) => axis !== last)
  const order = [...moved, last]
  return [order, perm.map((axis) => order.indexOf(axis))]
}

function movesOneAxis(perm: readonly number[]): boolean {
  return perm.some((moved) => {
    const others = perm.filter((axis) => axis !== moved)
    return others.every((axis, at) => at === 0 || axis > others[at - 1]!)
  })
}
