import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { isFloat } from '../file/types.ts'
import { axisOf } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { coordinates, flatPlaces, positive } from './indexing.ts'
import { absent, type Operator, operator } from './operator.ts'

type Mix = 'none' | 'add' | 'mul' | 'max' | 'min'

/** Rows of a flat tensor changed at places; of places that come twice, the last counts where nothing mixes them. */
function scattered(x: tf.Tensor, places: tf.Tensor, updates: tf.Tensor, mix: Mix): tf.Tensor {
  const rows = x.shape[0]!
  const count = places.shape[0]!
  if (count === 0) return x
  if (mix === 'add' || mix === 'none') {
    const index = tf.reshape(tf.cast(places, 'int32'), [count, 1])
    if (mix === 'add') return tf.add(x, tf.scatterND(index, updates, x.shape))
    const hits = tf.scatterND(index, tf.ones([count], 'int32'), [rows])
    const shape = [rows, ...x.shape.slice(1).map(() => 1)]
    const spread = tf.tile(tf.reshape(hits, shape), [1, ...x.shape.slice(1)])
    return tf.where(tf.greater(spread, 0), tf.scatterND(index, updates, x.shape), x)
  }
  // One row after the other, as each sees what those before it made.
  const isHit = tf.cast(tf.oneHot(tf.cast(places, 'int32'), rows), x.dtype as 'float32')
  let result = x
  for (let at = 0; at < count; at++) {
    const shape = [rows, ...x.shape.slice(1).map(() => 1)]
    const hit = tf.cast(
      tf.tile(tf.reshape(tf.slice(isHit, [at, 0], [1, rows]), shape), [1, ...x.shape.slice(1)]),
      'bool',
    )
    const update = tf.broadcastTo(
      tf.slice(updates, [at, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]),
      x.shape,
    )
    const mixed =
      mix === 'mul'
        ? tf.mul(result, update)
        : mix === 'max'
          ? tf.maximum(result, update)
          : tf.minimum(result, update)
    result = tf.where(hit, mixed, result)
  }
  return result
}

function scatterElements(op: string): Operator {
  return operator({
    op,
    attributes: { axis: 0, reduction: 'none' },
    run: ({ input, attributes, where }) => {
      const x = input(0)
      const axis = axisOf(attributes.axis, x.rank, where)
      const indices = positive(input(1), x.shape[axis]!)
      const places = tf.reshape(flatPlaces(indices, x.shape, axis), [-1])
      const flat = tf.reshape(x.plain(), [-1])
      const updates = tf.reshape(input(2).plain(), [-1])
      const result = scattered(flat, places, updates, attributes.reduction as Mix)
      return Value.of(x.type, tf.reshape(result, x.shape as number[]))
    },
  })
}

const scatterNd: Operator = operator({
  op: 'ScatterND',
  attributes: { reduction: 'none' },
  run: ({ input, attributes: { reduction } }) => {
    const [x, indices, updates] = [input(0), input(1), input(2)]
    const depth = indices.shape.at(-1)!
    const lead = x.shape.slice(0, depth)
    const rest = x.shape.slice(depth)
    const given = tf.reshape(coordinates(indices, lead), [-1, depth])
    const strides = lead.map((_, at) =>
      lead.slice(at + 1).reduce((product, size) => product * size, 1),
    )
    const places = tf.sum(tf.mul(given, tf.tensor1d(strides, 'int32')), 1)
    const rows = lead.reduce((product, size) => product * size, 1)
    const result = scattered(
      tf.reshape(x.plain(), [rows, ...rest]),
      places,
      tf.reshape(updates.plain(), [-1, ...rest]),
      reduction as Mix,
    )
    return Value.of(x.type, tf.reshape(result, x.shape as number[]))
  },
})

const columnsToImage: Operator = operator({
  op: 'Col2Im',
  attributes: { dilations: absent.numbers, pads: absent.numbers, strides: absent.numbers },
  constants: [1, 2],
  run: ({ input, numbers, where, attributes: given }) => {
    const x = input(0)
    const image = numbers(1, 'the shape of the image')
    const block = numbers(2, 'the shape of a block')
    const ones = block.map(() => 1)
    const { dilations = ones, strides = ones, pads = [...ones, ...ones].map(() => 0) } = given
    const counts = image.map((size, axis) => {
      const around = pads[axis]! + pads[axis + block.length]!
      const extent = dilations[axis]! * (block[axis]! - 1) + 1
      return Math.floor((size + around - extent) / strides[axis]!) + 1
    })
    const product = (sizes: readonly number[]) => sizes.reduce((all, each) => all * each, 1)
    // Held against the tensor before anything is made of the file's numbers, which may be any.
    if (
      !counts.every((count) => Number.isInteger(count) && count > 0) ||
      x.rank !== 3 ||
      x.shape[1]! % product(block) !== 0 ||
      x.shape[2] !== product(counts)
    ) {
      throw new ShapeError({
        where,
        expected: `input 0 must be [batch, channels * ${block.join(' * ')}, ${counts.join(' * ')}], as blocks of [${block.join(', ')}] lie in an image of [${image.join(', ')}]`,
        given: x.shape,
      })
    }
    const pixels = product(image)
    // Where each number of each block lies; what lies on the pads counts for a pixel behind the last.
    const places: number[] = []
    for (const at of grid(block)) {
      for (const step of grid(counts)) {
        let place = 0
        for (const [axis, size] of image.entries()) {
          const here = step[axis]! * strides[axis]! + at[axis]! * dilations[axis]! - pads[axis]!
          place = place < 0 || here < 0 || here >= size ? -1 : place * size + here
        }
        places.push(place < 0 ? pixels : place)
      }
    }
    const [batch] = x.shape as [number]
    const channels = x.shape[1]! / product(block)
    const rows = tf.transpose(tf.reshape(x.plain(), [batch * channels, places.length]))
    const ids = tf.tensor1d(places, 'int32')
    const sums = tf.unsortedSegmentSum(rows, ids, pixels + 1)
    const own = tf.transpose(tf.slice(sums, [0, 0], [pixels, -1]))
    return Value.of(x.type, tf.reshape(own, [batch, channels, ...image]))
  },
})

/** All places of a grid, row by row. */
function grid(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((each) => identity(size).map((at) => [...each, at])),
    [[]],
  )
}

/** A cache `[batch, ..., steps, ...]` with new rows at a place of each sample. */
const tensorScatter: Operator = operator({
  op: 'TensorScatter',
  attributes: { axis: -2, mode: 'linear' },
  run: ({ input, inputs, where, attributes: { axis, mode } }) => {
    const [x, update] = [input(0), input(1)]
    const along = axisOf(axis, x.rank, where)
    const [size, count] = [x.shape[along]!, update.shape[along]!]
    const batch = x.shape[0]!
    const begin = inputs[2] ? tf.cast(inputs[2].plain(), 'int32') : tf.zeros([batch], 'int32')
    const distance = tf.sub(
      tf.reshape(tf.range(0, size, 1, 'int32'), [1, size]),
      tf.reshape(begin, [batch, 1]),
    )
    const whole = tf.scalar(size, 'int32')
    const from = mode === 'circular' ? tf.mod(tf.add(distance, whole), whole) : distance
    // Which of the new rows comes to each place, as a product with zeros and ones.
    const rows = tf.reshape(tf.range(0, count, 1, 'int32'), [1, 1, count])
    const chosen = tf.cast(tf.equal(tf.expandDims(from, -1), rows), 'float32')
    const order = [0, along, ...identity(x.rank).filter((each) => each !== 0 && each !== along)]
    const given = update.in(order)
    const flat = tf.reshape(tf.cast(given, 'float32'), [batch, count, -1])
    const placed = tf.reshape(tf.matMul(chosen, flat), x.in(order).shape)
    const isNew = tf.reshape(
      tf.sum(chosen, -1),
      order.map((each) => (each === 0 ? batch : each === along ? size : 1)),
    )
    const before = tf.cast(x.in(order), 'float32')
    const made = tf.add(tf.mul(before, tf.sub(1, isNew)), placed)
    return Value.of(x.type, isFloat(x.type) ? made : tf.round(made), order)
  },
})

/** Operators that put elements into places. */
export const scatteringOperators: readonly Operator[] = [
  scatterElements('ScatterElements'),
  scatterElements('Scatter'),
  scatterNd,
  columnsToImage,
  tensorScatter,
]
