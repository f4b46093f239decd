import {
  boundsOf,
  constantData,
  createValue,
  type Dim,
  minus,
  type Node,
  type Shape,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import { bandOf } from './bands.ts'
import { TableNodes } from './table-nodes.ts'
import { type Wave, waveOf } from './waves.ts'

/** Numbers of a table in one capture: rows along the axis that varies, and columns along all others. */
interface Rows {
  readonly count: number
  readonly columns: number
  at(row: number, column: number): number
}

/** Numbers of float32 are as far from what they stand for. */
const NEAR = 1e-6

/** The largest table that a file keeps. */
const LARGEST = 2 ** 24

/**
 * A table that JavaScript filled, as many rows as a size: sines of positions, progressions, masks around the diagonal; any other one whose rows are the same at all
 * sizes is kept whole where its size is bounded.
 *
 * @returns undefined for a table that is none of these.
 */
export function tableOf(
  values: readonly Value[],
  shape: Shape,
  add: (node: Node) => void,
): Value | undefined {
  const [{ dtype }] = values as readonly [Value]
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return undefined
  const all = values.map((value) => constantData(value) as TypedArray | undefined)
  if (all.some((data) => data === undefined)) return undefined
  const data = all as TypedArray[]
  const nodes = new TableNodes(add)
  const axes = [...shape.keys()].filter((axis) => typeof shape[axis] !== 'number')
  const shapes = values.map((value) => value.shape as readonly number[])
  if (axes.length === 2) {
    const found = bandOf(data, shapes, axes as [number, number], shape, nodes)
    return found && nodes.cast(found, dtype)
  }
  if (axes.length !== 1) return undefined
  const [axis] = axes as [number]
  const rows = data.map((each, index) => rowsOf(each, shapes[index]!, axis))
  const largest = rows.reduce((best, each) => (each.count > best.count ? each : best))
  const found = isOne(rows, largest)
    ? (progression(rows, largest, axis, shape, nodes, PLAIN) ??
      waves(largest, axis, shape, nodes) ??
      kept(values[rows.indexOf(largest)]!, data[rows.indexOf(largest)]!, axis, shape, nodes))
    : undefined
  const result =
    found ??
    PLACES.map((place) => progression(rows, largest, axis, shape, nodes, place)).find(Boolean)
  return result && nodes.cast(result, dtype)
}

function rowsOf(data: TypedArray, shape: readonly number[], axis: number): Rows {
  const count = shape[axis]!
  const after = shape.slice(axis + 1).reduce((all, size) => all * size, 1)
  const before = shape.slice(0, axis).reduce((all, size) => all * size, 1)
  return {
    count,
    columns: before * after,
    at: (row, column) =>
      Number(data[(Math.floor(column / after) * count + row) * after + (column % after)]),
  }
}

/** Whether all are the beginning of one table. */
function isOne(all: readonly Rows[], largest: Rows): boolean {
  return all.every((rows) =>
    every(rows, (row, column) => rows.at(row, column) === largest.at(row, column)),
  )
}

function every({ count, columns }: Rows, test: (row: number, column: number) => boolean): boolean {
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < columns; column++) if (!test(row, column)) return false
  }
  return true
}

/** What a number of a table is a multiple of. */
interface Place {
  of(row: number, count: number): number
  make(nodes: TableNodes, row: Value, count: Dim): Value
}

const PLAIN: Place = { of: (row) => row, make: (_, row) => row }

/** Shares of the whole: of as many, or of as many steps as lie between. */
const share = (less: number, half: number, least: number): Place => ({
  of: (row, count) => (row + half) / Math.max(least, count - less),
  make(nodes, row, count) {
    const moved =
      half === 0 ? row : nodes.node('Add', { a: row, b: nodes.list([half], []) }, row.shape)
    const steps = nodes.size(minus(count, less))
    const by = nodes.node('Maximum', { a: steps, b: nodes.list([least], []) }, [])
    return nodes.node('RealDiv', { a: moved, b: by }, row.shape)
  },
})

/** From the end, and from the middle. */
const back = (half: number): Place => ({
  of: (row, count) => row - (count - 1) * half,
  make(nodes, row, count) {
    const last = nodes.size(minus(count, 1))
    const from = nodes.node('Multiply', { a: last, b: nodes.list([half], []) }, [])
    return nodes.node('Sub', { a: row, b: from }, row.shape)
  },
})

/** A whole wave over the whole, as windows have it. */
const turned = (place: Place): Place => ({
  of: (row, count) => Math.cos(2 * Math.PI * place.of(row, count)),
  make(nodes, row, count) {
    const x = place.make(nodes, row, count)
    const b = nodes.list([2 * Math.PI], [])
    return nodes.node('Cos', { x: nodes.node('Multiply', { a: x, b }, x.shape) }, x.shape)
  },
})

const SHARES = [share(0, 0, 1), share(1, 0, 1), share(0, 0.5, 1), share(-1, 1, 1)]
const PLACES = [...SHARES, back(1), back(0.5), ...SHARES.map(turned)]

/** Each column a multiple of its place, and a number. */
function progression(
  all: readonly Rows[],
  largest: Rows,
  axis: number,
  shape: Shape,
  nodes: TableNodes,
  place: Place,
): Value | undefined {
  const { count, columns } = largest
  if (count < 8) return undefined
  const factors: number[] = []
  const offsets: number[] = []
  const [from, to] = [place.of(0, count), place.of(count >> 1, count)]
  for (let column = 0; column < columns; column++) {
    const [a, b] = [largest.at(0, column), largest.at(count >> 1, column)]
    const factor = rounded((b - a) / (to - from))
    factors.push(factor)
    offsets.push(rounded(a - factor * from))
  }
  const fits = all.every((rows) =>
    every(rows, (row, column) => {
      const [factor, offset] = [factors[column]!, offsets[column]!]
      const given = factor * place.of(row, rows.count) + offset
      const scale = Math.abs(factor * place.of(row, rows.count)) + Math.abs(offset)
      return Math.abs(given - rows.at(row, column)) <= NEAR * scale
    }),
  )
  if (!fits) return undefined
  const size = shape[axis]!
  const other = shape.map((each, at) => (at === axis ? 1 : each))
  const steps = place.make(nodes, nodes.range(size, shape.length, axis), size)
  const scaled = nodes.node('Multiply', { a: steps, b: nodes.list(factors, other) }, shape)
  return nodes.node('Add', { a: scaled, b: nodes.list(offsets, other) }, shape)
}

/** What is next to a number of few decimals is it. */
function rounded(value: number): number {
  const near = Math.round(value * 1e4) / 1e4
  return Math.abs(near - value) <= NEAR * Math.abs(value) ? near : value
}

/** So many places at most turn without rounding, if a turn is told in as many parts. */
const PARTS = 1024

/** Sines: whole turns are taken off before they are multiplied, which float32 has exactly of the larger part of a frequency. */
function waves(largest: Rows, axis: number, shape: Shape, nodes: TableNodes): Value | undefined {
  const { count, columns } = largest
  const found: Wave[] = []
  for (let column = 0; column < columns; column++) {
    const wave = waveOf(Array.from({ length: count }, (_, row) => largest.at(row, column)))
    if (wave === undefined) return undefined
    found.push(wave)
  }
  const other = shape.map((each, at) => (at === axis ? 1 : each))
  const coarse = found.map(({ turns }) => Math.round((turns - Math.floor(turns)) * PARTS) / PARTS)
  const fine = found.map(({ turns }, at) => turns - Math.floor(turns) - coarse[at]!)
  const row = nodes.range(shape[axis]!, shape.length, axis)
  const times = (by: readonly number[]) =>
    nodes.node('Multiply', { a: row, b: nodes.list(by, other) }, shape)
  const whole = times(coarse)
  const part = nodes.node('Sub', { a: whole, b: nodes.node('Floor', { x: whole }, shape) }, shape)
  const moved = nodes.node('Add', { a: part, b: times(fine) }, shape)
  const phases = nodes.list(
    found.map(({ phase }) => phase),
    other,
  )
  const turns = nodes.node('Add', { a: moved, b: phases }, shape)
  const angle = nodes.node('Multiply', { a: turns, b: nodes.list([2 * Math.PI], []) }, shape)
  return nodes.node('Sin', { x: angle }, shape)
}

/** The whole table, of which as many rows are taken, where it was seen whole. */
function kept(
  value: Value,
  data: TypedArray,
  axis: number,
  shape: Shape,
  nodes: TableNodes,
): Value | undefined {
  const [, high] = boundsOf(shape[axis]!)
  if (value.shape[axis] !== high || data.length > LARGEST) return undefined
  const whole = createValue(value.shape, value.dtype, { data })
  const attrs = { begin: shape.map(() => 0), size: [...shape] }
  return nodes.node('Slice', { x: whole }, shape, attrs, value.dtype)
}
