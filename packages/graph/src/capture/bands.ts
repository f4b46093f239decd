import { type Dim, minus, type Shape, type TypedArray, type Value } from '../ir/index.ts'
import type { TableNodes } from './table-nodes.ts'

/** So wide at most is what differs around the diagonal, */
const WIDEST = 512

/** and so much beyond it on either side must be one number. */
const BEYOND = 16

/**
 * A table whose numbers follow from how far they are from the diagonal: masks of what comes later, windows of attention, and biases that grow with the distance. The
 * diagonal begins in the first corner, or ends in the last.
 *
 * @returns undefined for any other table.
 */
export function bandOf(
  data: readonly TypedArray[],
  shapes: readonly (readonly number[])[],
  axes: readonly [number, number],
  shape: Shape,
  nodes: TableNodes,
): Value | undefined {
  const isSquare = shape.every((size, axis) => axes.includes(axis) || size === 1)
  if (!isSquare) return undefined
  const [rows, columns] = axes.map((axis) => shape[axis]!) as [Dim, Dim]
  for (const isAtEnd of [false, true]) {
    const numbers = byDistance(data, shapes, axes, isAtEnd)
    if (numbers === undefined) continue
    const [first, second] = axes.map((axis) =>
      nodes.range(axis === axes[0] ? rows : columns, shape.length, axis),
    ) as [Value, Value]
    const apart = nodes.node('Sub', { a: first, b: second }, shape)
    const more = minus(columns, rows)
    const distance =
      isAtEnd && more !== 0 ? nodes.node('Add', { a: apart, b: nodes.size(more) }, shape) : apart
    return steps(numbers, distance, shape, nodes) ?? slopes(numbers, distance, shape, nodes)
  }
  return undefined
}

/** Numbers by their distance below the diagonal, when that alone says them, in order. */
function byDistance(
  data: readonly TypedArray[],
  shapes: readonly (readonly number[])[],
  [first, second]: readonly [number, number],
  isAtEnd: boolean,
): (readonly [number, number])[] | undefined {
  const found = new Map<number, number>()
  for (const [index, each] of data.entries()) {
    const [rows, columns] = [shapes[index]![first]!, shapes[index]![second]!]
    const more = isAtEnd ? columns - rows : 0
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = Number(each[row * columns + column])
        const distance = row - column + more
        const known = found.get(distance)
        if (known === undefined) found.set(distance, value)
        else if (!Object.is(known, value) && known !== value) return undefined
      }
    }
  }
  const all = [...found].sort(([a], [b]) => a - b)
  const isWhole = all.every(([distance], at) => distance === all[0]![0] + at)
  return isWhole && all.length > 2 * BEYOND ? all : undefined
}

/** One number on either side of a band, and those of the band by themselves. */
function steps(
  numbers: readonly (readonly [number, number])[],
  distance: Value,
  shape: Shape,
  nodes: TableNodes,
): Value | undefined {
  const values = numbers.map(([, value]) => value)
  const low = values.findIndex((value) => value !== values[0])
  const high = values.findLastIndex((value) => value !== values.at(-1))
  if (low < BEYOND || values.length - 1 - high < BEYOND || high - low > WIDEST) return undefined
  const [from, to] = [Math.min(low, high + 1) - 1, Math.max(low, high + 1)]
  const start = numbers[from]![0]
  const table = nodes.list(values.slice(from, to + 1))
  const at = nodes.node('Sub', { a: distance, b: nodes.list([start], []) }, shape)
  const above = nodes.node('Maximum', { a: at, b: nodes.list([0], []) }, shape)
  const within = nodes.node('Minimum', { a: above, b: nodes.list([to - from], []) }, shape)
  const indices = nodes.cast(within, 'int32')
  return nodes.node('GatherV2', { x: table, indices }, shape, { axis: 0, batchDims: 0 })
}

interface Line {
  readonly slope: number
  readonly start: number
}

/** A line on either side of the diagonal, or one number. */
function slopes(
  numbers: readonly (readonly [number, number])[],
  distance: Value,
  shape: Shape,
  nodes: TableNodes,
): Value | undefined {
  for (const border of [0, 1]) {
    const sides = [
      lineOf(numbers.filter(([each]) => each < border)),
      lineOf(numbers.filter(([each]) => each >= border)),
    ]
    const [below, above] = sides
    if (below === undefined || above === undefined) continue
    const of = ({ slope, start }: Line) =>
      slope === 0
        ? nodes.node('BroadcastTo', { x: nodes.list([start], []) }, shape, { shape: [...shape] })
        : nodes.node(
            'Add',
            {
              a: nodes.node('Multiply', { a: distance, b: nodes.list([slope], []) }, shape),
              b: nodes.list([start], []),
            },
            shape,
          )
    const condition = nodes.node(
      'GreaterEqual',
      { a: distance, b: nodes.list([border], []) },
      shape,
      {},
      'bool',
    )
    return nodes.node('Select', { condition, t: of(above), e: of(below) }, shape)
  }
  return undefined
}

function lineOf(numbers: readonly (readonly [number, number])[]): Line | undefined {
  if (numbers.length < BEYOND) return undefined
  const [[x, y], [x1, y1]] = [numbers[0]!, numbers.at(-1)!]
  const slope = y === y1 ? 0 : (y1 - y) / (x1 - x)
  const start = slope === 0 ? y : y - slope * x
  const fits = numbers.every(([at, value]) => {
    const given = slope === 0 ? start : slope * at + start
    return (
      given === value || Math.abs(given - value) <= 1e-6 * (Math.abs(slope * at) + Math.abs(start))
    )
  })
  return fits ? { slope, start } : undefined
}
