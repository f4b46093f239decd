import {
  type CategoryColumn,
  type IndexColumn,
  type NumberColumn,
  RESERVED,
  type TableColumn,
  type TableEncoding,
  widthOfColumn,
} from '@ashlar/core/encoding'
import * as tf from '@tensorflow/tfjs'
import type { Preprocessing } from './preprocessing.ts'

/**
 * Of a number `(number - mean) / std`, and of a missing one the same of what fills it; of the index of a category, a number for each category; behind both whether the cell was missing, where a column tells. Indices
 * that an embedding takes stay.
 */
export function ofTables({ columns }: TableEncoding): Preprocessing {
  const parts = [
    partOf(columns, 'number', numbersOf),
    partOf(columns, 'category', categoriesOf),
    partOf(columns, 'index', (own) => ({
      blocks: (raw) => [raw],
      places: own.map((_, at) => [at]),
      width: own.length,
    })),
  ].filter(({ width }) => width > 0)
  const order = orderOf(columns, parts)
  const width = parts.reduce((sum, each) => sum + each.width, 0)
  const isInOrder = order.length === width && order.every((place, at) => place === at)
  return {
    taken: (shape) => ({
      dtype: 'float32',
      shape: [...shape.slice(0, -1), columns.length],
      ...(columns.some(({ kind }) => kind !== 'number') && { columns: columns.map(rangeOf) }),
    }),
    toSample(raw) {
      const blocks = parts.flatMap(({ from, blocks }) =>
        blocks(from.length === columns.length ? raw : columnsOf(raw, from)),
      )
      const all = blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 1)
      return isInOrder ? all : columnsOf(all, order)
    },
    toRaw({ shape, data }) {
      const rows = shape[0] ?? 0
      const raw = new Float32Array(rows * columns.length)
      let from = 0
      for (let at = 0; at < raw.length; at++) {
        const column = columns[at % columns.length]!
        const own = widthOfColumn(column)
        raw[at] = rawCell(column, data.slice(from, from + own) as Float32Array)
        from += own
      }
      return { shape: [rows, columns.length], dtype: 'float32', data: raw }
    },
  }
}

/** What columns of a kind come to: tensors that stand beside each other, and at which of their places the numbers of each column are. */
interface Blocks {
  blocks(raw: tf.Tensor): tf.Tensor[]
  readonly places: readonly (readonly number[])[]
  /** Of all tensors together. */
  readonly width: number
}

/** The columns of one kind. */
interface Part extends Blocks {
  /** Which columns of the table they are. */
  readonly from: readonly number[]
}

function partOf<Kind extends TableColumn['kind']>(
  columns: readonly TableColumn[],
  kind: Kind,
  make: (own: readonly Extract<TableColumn, { kind: Kind }>[]) => Blocks,
): Part {
  const from = columns.flatMap((column, at) => (column.kind === kind ? [at] : []))
  const own = from.map((at) => columns[at] as Extract<TableColumn, { kind: Kind }>)
  return { ...make(own), from }
}

/** The numbers, and behind all of them which were missing. */
function numbersOf(columns: readonly NumberColumn[]): Blocks {
  const means = columns.map(({ mean = 0 }) => mean)
  const stds = columns.map(({ std = 1 }) => std)
  // A column that nothing stands for keeps its NaN: the answer is none either.
  const fills = columns.map(({ fill = Number.NaN }, at) => (fill - means[at]!) / stds[at]!)
  // Datasets subtract in double precision. Of numbers that are large and close a float32 has not enough of the mean; what it lacks is subtracted by itself, after the difference has become small.
  const held = means.map(Math.fround)
  const rest = means.map((mean, at) => mean - held[at]!)
  const tells = columns.some(({ indicator }) => indicator)
  return {
    blocks(raw) {
      const isMissing = tf.isNaN(raw)
      const near = tf.sub(raw, held)
      const centred = rest.some((each) => each !== 0) ? tf.sub(near, rest) : near
      const scaled = tf.div(centred, stds)
      const filled = tf.where(isMissing, tf.add(tf.zerosLike(raw), fills), scaled)
      return tells ? [filled, tf.cast(isMissing, 'float32')] : [filled]
    },
    places: columns.map(({ indicator }, at) => (indicator ? [at, columns.length + at] : [at])),
    width: columns.length * (tells ? 2 : 1),
  }
}

/** A number for each category of each column, and behind all of them which were missing. */
function categoriesOf(columns: readonly CategoryColumn[]): Blocks {
  const fills = columns.map((column) => indexOfFill(column))
  const names = columns.flatMap(({ categories }, at) => categories.map((_, place) => [at, place]))
  const [from, codes] = [
    names.map(([at]) => at!),
    names.map(([, place]) => RESERVED.first + place!),
  ]
  const tells = columns.some(({ indicator }) => indicator)
  let offset = 0
  return {
    blocks(raw) {
      const isMissing = tf.equal(raw, RESERVED.missing)
      const filled = tf.where(isMissing, tf.add(tf.zerosLike(raw), fills), raw)
      // What no training sample had is none of them. A column that was empty in training has no categories.
      const shown =
        names.length > 0 ? [tf.cast(tf.equal(columnsOf(filled, from), codes), 'float32')] : []
      return tells ? [...shown, tf.cast(isMissing, 'float32')] : shown
    },
    places: columns.map(({ categories, indicator }, at) => {
      const first = offset
      offset += categories.length
      const own = categories.map((_, place) => first + place)
      return indicator ? [...own, names.length + at] : own
    }),
    width: names.length + (tells ? columns.length : 0),
  }
}

/** What a missing name is the index of; it stays missing where nothing stands for it. */
function indexOfFill({ categories, spellings = {}, fill }: CategoryColumn): number {
  if (fill === undefined) return RESERVED.missing
  const at = categories.indexOf(Object.hasOwn(spellings, fill) ? spellings[fill]! : fill)
  return at < 0 ? RESERVED.unseen : RESERVED.first + at
}

function columnsOf(tensor: tf.Tensor, places: readonly number[]): tf.Tensor {
  return tf.gather(tensor, tf.tensor1d([...places], 'int32'), 1)
}

/** Which of the numbers of all parts stand in a sample in turn. */
function orderOf(columns: readonly TableColumn[], parts: readonly Part[]): number[] {
  let offset = 0
  const places = new Map<number, readonly number[]>()
  for (const { from, width, places: own } of parts) {
    for (const [at, column] of from.entries()) {
      places.set(
        column,
        own[at]!.map((place) => offset + place),
      )
    }
    offset += width
  }
  return columns.flatMap((_, column) => places.get(column) ?? [])
}

function rangeOf(column: TableColumn): readonly [number, number] | undefined {
  if (column.kind === 'number') return undefined
  return [RESERVED.missing, RESERVED.first + column.categories.length - 1]
}

/** The cell that the numbers of a sample were made of. */
function rawCell(column: TableColumn, numbers: Float32Array): number {
  if (column.kind === 'index') return Number(numbers[0])
  const isMissing = column.indicator === true && numbers.at(-1) === 1
  if (column.kind === 'category') return isMissing ? RESERVED.missing : indexIn(column, numbers)
  if (isMissing) return Number.NaN
  return Number(numbers[0]) * (column.std ?? 1) + (column.mean ?? 0)
}

function indexIn({ categories }: CategoryColumn | IndexColumn, numbers: Float32Array): number {
  const at = numbers.subarray(0, categories.length).indexOf(1)
  return at < 0 ? RESERVED.unseen : RESERVED.first + at
}
