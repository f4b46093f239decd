import * as tf from '@tensorflow/tfjs'
import { axisOf } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { coordinates, flatPlaces, positive } from './indexing.ts'
import { type Operator, operator } from './operator.ts'

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

/** Operators that put elements into places. */
export const scatteringOperators: readonly Operator[] = [
  scatterElements('ScatterElements'),
  scatterElements('Scatter'),
  scatterNd,
]
