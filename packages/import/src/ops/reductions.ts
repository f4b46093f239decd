import * as tf from '@tensorflow/tfjs'
import { axesOf, axisOf, lastOrder } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, ofNonNegativeFirst, operator } from './operator.ts'

type Reduce = (x: tf.Tensor, axes: number[]) => tf.Tensor

const attributes = { axes: absent.numbers, keepdims: 1, noop_with_empty_axes: 0 }

function reduction(op: string, fn: Reduce): Operator {
  return operator({
    op,
    attributes,
    constants: [1],
    run: ({ input, inputs, attributes: { axes, keepdims, noop_with_empty_axes }, where }) => {
      const x = input(0)
      const given = inputs[1]?.numbers(where, 'the axes') ?? axes ?? []
      if (given.length === 0 && noop_with_empty_axes) return x
      const chosen = given.length === 0 ? identity(x.rank) : axesOf(given, x.rank, where)
      return reduced(x, chosen, keepdims === 1, fn)
    },
  })
}

/** A reduction of axes of the file, without moving any. */
export function reduced(
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
  fn: Reduce,
  type: Value['type'] = x.type,
): Value {
  const places = axes.map((axis) => x.order.indexOf(axis)).sort((a, b) => a - b)
  const result = places.length === 0 ? fn(x.lying(), []) : fn(x.lying(), places)
  const left = x.order.filter((axis) => !axes.includes(axis))
  if (!keepDims) {
    const rank = left.length
    const sorted = [...left].sort((a, b) => a - b)
    const order = left.map((axis) => sorted.indexOf(axis))
    return Value.of(
      type,
      result.rank === rank
        ? result
        : tf.reshape(
            result,
            left.map((axis) => x.shape[axis]!),
          ),
      order,
    )
  }
  const shape = x.order.map((axis) => (axes.includes(axis) ? 1 : x.shape[axis]!))
  return Value.of(type, tf.reshape(result, shape), x.order)
}

const sum: Reduce = (x, axes) => tf.sum(x, axes)

/** A mean; of whole numbers, towards zero. */
const mean: Reduce = (x, axes) =>
  x.dtype === 'int32' ? tf.cast(tf.mean(tf.cast(x, 'float32'), axes), 'int32') : tf.mean(x, axes)

const largest: Reduce = (x, axes) =>
  x.dtype === 'bool' ? tf.any(x, axes) : x.size === 0 ? filled(x, axes, -Infinity) : tf.max(x, axes)

const smallest: Reduce = (x, axes) =>
  x.dtype === 'bool' ? tf.all(x, axes) : x.size === 0 ? filled(x, axes, Infinity) : tf.min(x, axes)

/** What is left of no numbers. */
function filled(x: tf.Tensor, axes: readonly number[], value: number): tf.Tensor {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  return tf.fill(shape, value)
}

function search(op: string, fn: (x: tf.Tensor) => tf.Tensor): Operator {
  return operator({
    op,
    attributes: { axis: 0, keepdims: 1, select_last_index: 0 },
    run: ({ input, attributes: { axis, keepdims, select_last_index }, where }) => {
      const x = input(0)
      const chosen = axisOf(axis, x.rank, where)
      const order = lastOrder(x, chosen)
      const tensor = x.in(order)
      const size = tensor.shape.at(-1)!
      const found = select_last_index
        ? tf.sub(tf.scalar(size - 1, 'int32'), fn(tf.reverse(tensor, -1)))
        : fn(tensor)
      const left = order.slice(0, -1)
      if (keepdims) return Value.of('int64', tf.reshape(found, [...found.shape, 1]), order)
      const sorted = [...left].sort((a, b) => a - b)
      return Value.of(
        'int64',
        found,
        left.map((each) => sorted.indexOf(each)),
      )
    },
  })
}

const cumulative: Operator = operator({
  op: 'CumSum',
  attributes: { exclusive: 0, reverse: 0 },
  constants: [1],
  run: ({ input, numbers, attributes: { exclusive, reverse }, where }) => {
    const x = input(0)
    const axis = axisOf(numbers(1, 'the axis')[0]!, x.rank, where)
    const place = x.order.indexOf(axis)
    return Value.of(x.type, tf.cumsum(x.lying(), place, exclusive === 1, reverse === 1), x.order)
  },
})

const cumulativeProduct: Operator = operator({
  op: 'CumProd',
  attributes: { exclusive: 0, reverse: 0 },
  constants: [1],
  run: ({ input, numbers, attributes: { exclusive, reverse }, where }) => {
    const x = input(0)
    const place = x.order.indexOf(axisOf(numbers(1, 'the axis')[0]!, x.rank, where))
    return Value.of(x.type, tf.cumprod(x.lying(), place, exclusive === 1, reverse === 1), x.order)
  },
})

const topK: Operator = operator({
  op: 'TopK',
  attributes: { axis: -1, largest: 1, sorted: 1, k: absent.number },
  constants: [1],
  run: ({ input, inputs, attributes: { axis, largest, k }, where }) => {
    const x = input(0)
    const count = k ?? inputs[1]!.numbers(where, 'k')[0]!
    const order = lastOrder(x, axisOf(axis, x.rank, where))
    const tensor = x.in(order)
    const { values, indices } = tf.topk(largest ? tensor : tf.neg(tensor), count, true)
    return [
      Value.of(x.type, largest ? values : tf.neg(values), order),
      Value.of('int64', indices, order),
    ]
  },
})

/** Operators that make one number of many. */
export const reductionOperators: readonly Operator[] = [
  { ...reduction('ReduceSum', sum), isNonNegative: ofNonNegativeFirst },
  { ...reduction('ReduceMean', mean), isNonNegative: ofNonNegativeFirst },
  { ...reduction('ReduceMax', largest), isNonNegative: ofNonNegativeFirst },
  { ...reduction('ReduceMin', smallest), isNonNegative: ofNonNegativeFirst },
  reduction('ReduceProd', (x, axes) => tf.prod(x, axes)),
  reduction('ReduceL1', (x, axes) => tf.sum(tf.abs(x), axes)),
  reduction('ReduceL2', (x, axes) => tf.sqrt(tf.sum(tf.square(x), axes))),
  reduction('ReduceSumSquare', (x, axes) => tf.sum(tf.square(x), axes)),
  reduction('ReduceLogSum', (x, axes) => tf.log(tf.sum(x, axes))),
  reduction('ReduceLogSumExp', (x, axes) =>
    x.size === 0 ? tf.log(tf.sum(x, axes)) : tf.logSumExp(x, axes),
  ),
  search('ArgMax', (x) => tf.argMax(x, -1)),
  search('ArgMin', (x) => tf.argMin(x, -1)),
  cumulative,
  cumulativeProduct,
  topK,
]
