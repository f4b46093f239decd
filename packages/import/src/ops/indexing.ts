import * as tf from '@tensorflow/tfjs'
import { tfType } from '../file/types.ts'
import { axisOf, channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** Indices counted from the front: those below 0 count from the end. */
export function positive(indices: Value, size: number): tf.Tensor {
  if (indices.isFixed) {
    const data = (indices.host as readonly number[]).map((each) => (each < 0 ? each + size : each))
    return Value.known('int32', indices.shape, data).plain()
  }
  const tensor = tf.cast(indices.plain(), 'int32')
  const count = tf.scalar(size, 'int32')
  return tf.where(tf.less(tensor, 0), tf.add(tensor, count), tensor)
}

const gather: Operator = operator({
  op: 'Gather',
  handsOn: 'first',
  attributes: { axis: 0 },
  run: ({ input, attributes, where }) => {
    const x = input(0)
    const indices = input(1)
    const axis = axisOf(attributes.axis, x.rank, where)
    const place = x.order.indexOf(axis)
    // One row, or a list of rows, leaves the axes as they lie.
    if (indices.rank === 0 && indices.host !== undefined) {
      const at = indices.host[0] as number
      const begin = new Array<number>(x.rank).fill(0)
      const tensor = x.lying()
      begin[place] = at < 0 ? at + x.shape[axis]! : at
      const size = [...tensor.shape]
      size[place] = 1
      const row = tf.slice(tensor, begin, size)
      const left = x.order.filter((each) => each !== axis)
      const shape = tensor.shape.filter((_, each) => each !== place)
      return Value.of(
        x.type,
        tf.reshape(row, shape),
        left.map((each) => (each > axis ? each - 1 : each)),
      )
    }
    const picked = positive(indices, x.shape[axis]!)
    if (indices.rank === 1) {
      return Value.of(x.type, tf.gather(x.lying(), picked as tf.Tensor1D, place), x.order)
    }
    const flat = tf.gather(x.plain(), tf.reshape(picked, [-1]), axis)
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
    return Value.of(x.type, tf.reshape(flat, shape))
  },
  host: ({ input, attributes: { axis } }) => {
    const [x, indices] = [input(0), input(1)]
    if (x.rank !== 1 || axis > 0) return undefined
    const data = x.host as readonly number[]
    const picked = (indices.host as readonly number[]).map((at) => data.at(at)!)
    return Value.known(x.type, indices.shape, picked)
  },
})

/** Places in a flat tensor of what indices along one axis name, for a tensor of the shape of the indices. */
export function flatPlaces(indices: tf.Tensor, shape: readonly number[], axis: number): tf.Tensor {
  const strides = shape.map((_, at) =>
    shape.slice(at + 1).reduce((product, size) => product * size, 1),
  )
  let places = tf.mul(indices, tf.scalar(strides[axis]!, 'int32'))
  for (const [at, size] of indices.shape.entries()) {
    if (at === axis || size === 1) continue
    const row = tf.reshape(
      tf.range(0, size, 1, 'int32'),
      indices.shape.map((_, each) => (each === at ? size : 1)),
    )
    places = tf.add(places, tf.mul(row, tf.scalar(strides[at]!, 'int32')))
  }
  return places
}

const gatherElements: Operator = operator({
  op: 'GatherElements',
  handsOn: 'first',
  attributes: { axis: 0 },
  run: ({ input, attributes, where }) => {
    const x = input(0)
    const axis = axisOf(attributes.axis, x.rank, where)
    const indices = positive(input(1), x.shape[axis]!)
    const places = flatPlaces(indices, x.shape, axis)
    const flat = tf.gather(tf.reshape(x.plain(), [-1]), tf.cast(tf.reshape(places, [-1]), 'int32'))
    return Value.of(x.type, tf.reshape(flat, indices.shape))
  },
})

/** Rows of coordinates with those below 0 counted from the front. */
export function coordinates(indices: Value, sizes: readonly number[]): tf.Tensor {
  const tensor = tf.cast(indices.plain(), 'int32')
  const bounds = tf.tensor1d([...sizes], 'int32')
  return tf.where(tf.less(tensor, 0), tf.add(tensor, tf.broadcastTo(bounds, tensor.shape)), tensor)
}

const gatherNd: Operator = operator({
  op: 'GatherND',
  handsOn: 'first',
  attributes: { batch_dims: 0 },
  run: ({ input, attributes: { batch_dims: batchDims } }) => {
    const [x, indices] = [input(0), input(1)]
    const depth = indices.shape.at(-1)!
    const given = coordinates(indices, x.shape.slice(batchDims, batchDims + depth))
    if (batchDims === 0) return Value.of(x.type, tf.gatherND(x.plain(), given as tf.Tensor))
    const lead = x.shape.slice(0, batchDims)
    const batch = lead.reduce((product, size) => product * size, 1)
    const rows = tf.reshape(given, [batch, -1, depth])
    const numbers = tf.tile(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1, 1]), [
      1,
      rows.shape[1]!,
      1,
    ])
    const flat = tf.reshape(x.plain(), [batch, ...x.shape.slice(batchDims)])
    const picked = tf.gatherND(flat, tf.concat([numbers, rows], -1))
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(batchDims + depth)]
    return Value.of(x.type, tf.reshape(picked, shape))
  },
})

const oneHot: Operator = operator({
  op: 'OneHot',
  attributes: { axis: -1 },
  constants: [1],
  run: ({ input, numbers, attributes, where }) => {
    const depth = Math.trunc(numbers(1, 'the depth')[0]!)
    const indices = input(0)
    const values = input(2)
    const axis = axisOf(attributes.axis, indices.rank + 1, where)
    const hot = tf.oneHot(positive(indices, depth) as tf.Tensor, depth)
    const [off, on] = tf.split(tf.cast(values.plain(), 'float32'), 2)
    const float = tf.cast(hot, 'float32')
    const full = tf.add(off!, tf.mul(float, tf.sub(on!, off!)))
    const order = identity(indices.rank + 1).filter((each) => each !== axis)
    return Value.of(values.type, tf.cast(full, tfType(values.type) as 'float32'), [...order, axis])
  },
})

const pad: Operator = operator({
  op: 'Pad',
  attributes: { mode: 'constant', pads: absent.numbers, paddings: absent.numbers, value: 0 },
  constants: [1, 2, 3],
  run: ({ input, inputs, attributes, where }) => {
    const x = input(0)
    const pads = attributes.pads ?? attributes.paddings ?? inputs[1]!.numbers(where, 'the pads')
    const axes = inputs[3]?.numbers(where, 'the axes') ?? identity(pads.length / 2)
    const sides = identity(x.rank).map((): [number, number] => [0, 0])
    for (const [index, axis] of axes.entries()) {
      sides[axisOf(axis, x.rank, where)] = [pads[index]!, pads[index + axes.length]!]
    }
    const value = (inputs[2]?.numbers(where, 'the value')[0] ?? attributes.value) as number
    const lying = x.order.map((axis) => sides[axis]!)
    return Value.of(x.type, padded(x.lying(), lying, attributes.mode, value), x.order)
  },
})

function padded(
  x: tf.Tensor,
  sides: readonly (readonly [number, number])[],
  mode: string,
  value: number,
): tf.Tensor {
  const begin = sides.map(([a]) => Math.max(0, -a))
  const size = x.shape.map((each, axis) => each - begin[axis]! - Math.max(0, -sides[axis]![1]))
  const isCut = size.some((each, axis) => each !== x.shape[axis])
  let tensor = isCut ? tf.slice(x, begin, size) : x
  const more = sides.map(([a, b]): [number, number] => [Math.max(0, a), Math.max(0, b)])
  if (more.every(([a, b]) => a === 0 && b === 0)) return tensor
  if (mode === 'constant') {
    if (tensor.dtype === 'bool')
      return tf.cast(tf.pad(tf.cast(tensor, 'int32'), more, value), 'bool')
    return tf.pad(tensor, more, value)
  }
  for (const [axis, [before, behind]] of more.entries()) {
    if (before === 0 && behind === 0) continue
    const count = tensor.shape[axis]!
    const rows = Array.from({ length: before + count + behind }, (_, at) =>
      mirror(at - before, count, mode),
    )
    tensor = tf.gather(tensor, tf.tensor1d(rows, 'int32'), axis)
  }
  return tensor
}

/** The row that stands at a place beyond the edge. */
function mirror(at: number, count: number, mode: string): number {
  if (mode === 'edge') return Math.max(0, Math.min(count - 1, at))
  if (mode === 'wrap') return ((at % count) + count) % count
  const period = Math.max(1, 2 * (count - 1))
  const inPeriod = ((at % period) + period) % period
  return inPeriod < count ? inPeriod : period - inPeriod
}

const depthToSpace: Operator = operator({
  op: 'DepthToSpace',
  handsOn: 'first',
  attributes: { blocksize: 1, mode: 'DCR' },
  run: ({ input, attributes: { blocksize: size, mode } }) => {
    const x = input(0)
    const tensor = x.in(channelsLast(4))
    const [batch, height, width, channels] = tensor.shape as [number, number, number, number]
    const depth = channels / size ** 2
    if (mode === 'DCR') {
      return Value.of(x.type, tf.depthToSpace(tensor as tf.Tensor4D, size, 'NHWC'), channelsLast(4))
    }
    const split = tf.reshape(tensor, [batch, height, width, depth, size, size])
    const turned = tf.transpose(split, [0, 1, 4, 2, 5, 3])
    return Value.of(
      x.type,
      tf.reshape(turned, [batch, height * size, width * size, depth]),
      channelsLast(4),
    )
  },
})

const spaceToDepth: Operator = operator({
  op: 'SpaceToDepth',
  handsOn: 'first',
  attributes: { blocksize: 1, mode: 'DCR' },
  run: ({ input, attributes: { blocksize: size, mode } }) => {
    const x = input(0)
    const tensor = x.in(channelsLast(4))
    const [batch, height, width, channels] = tensor.shape as [number, number, number, number]
    const split = tf.reshape(tensor, [batch, height / size, size, width / size, size, channels])
    const turned = tf.transpose(split, mode === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 1, 3, 2, 4, 5])
    const shape = [batch, height / size, width / size, channels * size ** 2]
    return Value.of(x.type, tf.reshape(turned, shape), channelsLast(4))
  },
})

const nonZero: Operator = operator({
  op: 'NonZero',
  constants: 'all',
  run: ({ input, numbers }) => {
    const x = input(0)
    const data = numbers(0, 'the numbers')
    const places = [...data.keys()].filter((at) => data[at] !== 0)
    const strides = x.shape.map((_, at) =>
      x.shape.slice(at + 1).reduce((product, size) => product * size, 1),
    )
    const rows = strides.flatMap((stride, axis) =>
      places.map((at) => Math.floor(at / stride) % x.shape[axis]!),
    )
    return Value.known('int64', [x.rank, places.length], rows)
  },
})

const compress: Operator = operator({
  op: 'Compress',
  attributes: { axis: absent.number },
  constants: [1],
  run: ({ input, numbers, attributes, where }) => {
    const x = input(0)
    const flags = numbers(1, 'the condition')
    const rows = [...flags.keys()].filter((at) => flags[at] !== 0)
    const indices = tf.tensor1d(rows, 'int32')
    if (attributes.axis === undefined) {
      return Value.of(x.type, tf.gather(tf.reshape(x.plain(), [-1]), indices))
    }
    const place = x.order.indexOf(axisOf(attributes.axis, x.rank, where))
    return Value.of(x.type, tf.gather(x.lying(), indices, place), x.order)
  },
})

const reverseSequence: Operator = operator({
  op: 'ReverseSequence',
  attributes: { batch_axis: 1, time_axis: 0 },
  run: ({ input, attributes: { batch_axis: batchAxis, time_axis: timeAxis } }) => {
    const x = input(0)
    const order = [
      batchAxis,
      timeAxis,
      ...identity(x.rank).filter((each) => each !== batchAxis && each !== timeAxis),
    ]
    const tensor = x.in(order)
    const [batch, steps] = tensor.shape as [number, number]
    const reversed = reversedRows(tensor, tf.cast(input(1).plain(), 'int32'), batch, steps)
    return Value.of(x.type, reversed, order)
  },
})

/** [batch, steps, ...] with the first steps of each row turned round. */
export function reversedRows(
  x: tf.Tensor,
  lengths: tf.Tensor,
  batch: number,
  steps: number,
): tf.Tensor {
  const at = tf.broadcastTo(tf.reshape(tf.range(0, steps, 1, 'int32'), [1, steps]), [batch, steps])
  const counts = tf.broadcastTo(tf.reshape(lengths, [batch, 1]), [batch, steps])
  const turned = tf.sub(tf.sub(counts, tf.scalar(1, 'int32')), at)
  const picked = tf.where(tf.less(at, counts), turned, at)
  const first = tf.mul(
    tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]),
    tf.scalar(steps, 'int32'),
  )
  const flat = tf.reshape(tf.add(picked, first), [-1])
  const rows = tf.reshape(x, [batch * steps, ...x.shape.slice(2)])
  return tf.reshape(tf.gather(rows, tf.cast(flat, 'int32')), x.shape)
}

const unique: Operator = operator({
  op: 'Unique',
  attributes: { axis: absent.number, sorted: 1 },
  constants: 'all',
  run: ({ input, numbers, attributes, where }) => {
    const x = input(0)
    const data = numbers(0, 'the numbers')
    const axis = attributes.axis === undefined ? undefined : axisOf(attributes.axis, x.rank, where)
    const shape = axis === undefined ? [x.size] : x.shape
    const at = axis ?? 0
    const inner = shape.slice(at + 1).reduce((product, size) => product * size, 1)
    const outer = shape.slice(0, at).reduce((product, size) => product * size, 1)
    const count = shape[at]!
    const rows = Array.from({ length: count }, (_, row) =>
      Array.from({ length: outer * inner }, (_, each) => {
        const [o, i] = [Math.floor(each / inner), each % inner]
        return data[(o * count + row) * inner + i]!
      }),
    )
    const found: { readonly row: readonly number[]; readonly first: number; times: number }[] = []
    const place = rows.map((row, first) => {
      const known = found.findIndex((each) => each.row.every((value, i) => value === row[i]))
      if (known >= 0) {
        found[known]!.times++
        return known
      }
      return found.push({ row, first, times: 1 }) - 1
    })
    const sequence = identity(found.length)
    if (attributes.sorted) {
      sequence.sort((a, b) => {
        const i = found[a]!.row.findIndex((value, index) => value !== found[b]!.row[index])
        return i < 0 ? 0 : found[a]!.row[i]! - found[b]!.row[i]!
      })
    }
    const sorted = sequence.map((each) => found[each]!)
    const values = Array.from({ length: outer * sorted.length * inner }, (_, each) => {
      const i = each % inner
      const row = Math.floor(each / inner) % sorted.length
      return sorted[row]!.row[Math.floor(each / inner / sorted.length) * inner + i]!
    })
    const newShape = [...shape]
    newShape[at] = sorted.length
    const list = (numbersOf: readonly number[]) =>
      Value.known('int64', [numbersOf.length], numbersOf)
    return [
      Value.known(x.type, newShape, values),
      list(sorted.map((each) => each.first)),
      list(place.map((each) => sequence.indexOf(each))),
      list(sorted.map((each) => each.times)),
    ]
  },
})

/** Operators that pick, place or move elements. */
export const indexingOperators: readonly Operator[] = [
  gather,
  gatherElements,
  gatherNd,
  oneHot,
  pad,
  depthToSpace,
  spaceToDepth,
  nonZero,
  compress,
  reverseSequence,
  unique,
]
