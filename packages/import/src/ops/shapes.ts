import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { axesOf, axisOf, regrouped, withoutAxes } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { mostKnown } from './constants.ts'
import { absent, type Call, type Operator, operator } from './operator.ts'

/** The same numbers in another shape; moves nothing where it need not. */
export function reshaped(x: Value, shape: readonly number[]): Value {
  if (x.isFixed) return Value.known(x.type, shape, x.host!)
  return regrouped(x, shape) ?? Value.of(x.type, tf.reshape(x.plain(), [...shape]))
}

const shapeOf: Operator = operator({
  op: 'Shape',
  attributes: { start: 0, end: absent.number },
  constants: [],
  run: ({ input, attributes: { start, end } }) => {
    const shape = input(0).shape.slice(start, end)
    return Value.known('int64', [shape.length], shape, { isFixed: false })
  },
})

const size: Operator = operator({
  op: 'Size',
  run: ({ input }) => Value.known('int64', [], [input(0).size], { isFixed: false }),
})

/**
 * The shape that a Reshape means. A file that was made for one sample has its batch of 1 in such shapes: where only a batch of several explains the numbers, it is meant.
 */
function wantedShape(
  x: Value,
  given: readonly number[],
  allowZero: boolean,
  where: string,
): number[] {
  const shape = given.map((size, axis) => (size === 0 && !allowZero ? (x.shape[axis] ?? 0) : size))
  const unknown = shape.indexOf(-1)
  const rest = shape.reduce((product, size) => (size === -1 ? product : product * size), 1)
  if (unknown >= 0) {
    // The batch may hide in what is left over.
    if (shape[0] === 1 && unknown > 0 && x.rank > 1 && x.shape[0]! > 1 && x.rank >= shape.length) {
      const own = x.size / x.shape[0]! / (rest || 1)
      const isBatch = Number.isInteger(own) && shape.slice(1).some((size) => size > 0)
      if (isBatch && x.shape[0]! > 1 && given[0] === 1) {
        shape[0] = x.shape[0]!
        shape[unknown] = own
        return shape
      }
    }
    shape[unknown] = rest === 0 ? 0 : x.size / rest
  } else if (rest !== x.size && shape[0] === 1 && rest * (x.shape[0] ?? 1) === x.size) {
    shape[0] = x.shape[0]!
  }
  const count = shape.reduce((product, size) => product * size, 1)
  if (count === x.size && shape.every((size) => Number.isInteger(size))) return shape
  throw new ShapeError({
    where,
    expected: `the shape must hold the ${x.size} numbers of [${x.shape.join(', ')}]`,
    given: [...given],
    hint: 'The file may have been made for one size of batch or image alone.',
  })
}

const reshape: Operator = operator({
  op: 'Reshape',
  handsOn: 'first',
  attributes: { shape: absent.numbers, allowzero: 0, consumed_inputs: absent.numbers },
  constants: [1],
  run: ({ input, inputs, attributes: { shape, allowzero }, where }) => {
    const x = input(0)
    const given = shape ?? inputs[1]!.numbers(where, 'the shape')
    return reshaped(x, wantedShape(x, given, allowzero === 1, where))
  },
})

const flatten: Operator = operator({
  op: 'Flatten',
  handsOn: 'first',
  attributes: { axis: 1 },
  run: ({ input, attributes: { axis } }) => {
    const x = input(0)
    const at = axis < 0 ? axis + x.rank : axis
    const rows = x.shape.slice(0, at).reduce((product, size) => product * size, 1)
    return reshaped(x, [rows, x.size / (rows || 1)])
  },
})

const squeeze: Operator = operator({
  op: 'Squeeze',
  handsOn: 'first',
  attributes: { axes: absent.numbers },
  constants: [1],
  run: ({ input, inputs, attributes, where }) => {
    const x = input(0)
    const given = inputs[1]?.numbers(where, 'the axes') ?? attributes.axes
    const axes = given === undefined ? undefined : axesOf(given, x.rank, where)
    const gone = axes ?? identity(x.rank).filter((axis) => x.shape[axis] === 1)
    const areOnes = gone.every((axis) => x.shape[axis] === 1)
    // Said by their places: which of them are the batch does not follow from sizes.
    if (x.isTensor && areOnes) return withoutAxes(x, gone)
    return reshaped(
      x,
      x.shape.filter((_, axis) => !gone.includes(axis)),
    )
  },
})

const unsqueeze: Operator = operator({
  op: 'Unsqueeze',
  handsOn: 'first',
  attributes: { axes: absent.numbers },
  constants: [1],
  run: ({ input, inputs, attributes, where }) => {
    const x = input(0)
    const given = inputs[1]?.numbers(where, 'the axes') ?? attributes.axes ?? []
    const axes = axesOf(given, x.rank + given.length, where)
    const left = [...x.shape]
    return reshaped(
      x,
      identity(x.rank + axes.length).map((axis) => (axes.includes(axis) ? 1 : left.shift()!)),
    )
  },
})

const transpose: Operator = operator({
  op: 'Transpose',
  handsOn: 'first',
  attributes: { perm: absent.numbers },
  run: ({ input, attributes: { perm } }) => {
    const x = input(0)
    return x.transposed(perm ?? identity(x.rank).reverse())
  },
})

function expanded(x: Value, wanted: readonly number[]): Value {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...x.shape], [...wanted])
  return Value.of(x.type, tf.broadcastTo(x.plain(), shape))
}

const expand: Operator = operator({
  op: 'Expand',
  handsOn: 'first',
  isLarge: true,
  constants: [1],
  run: ({ input, numbers }) => expanded(input(0), numbers(1, 'the shape')),
  host: ({ input, inputs, numbers }) => {
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(
      [...input(0).shape],
      [...numbers(1, 'the shape')],
    )
    const count = shape.reduce((product, size) => product * size, 1)
    if (count > mostKnown(inputs)) return undefined
    const x = input(0)
    if (x.size === 1)
      return Value.known(x.type, shape, new Array(count).fill(x.host![0]) as number[])
    return undefined
  },
})

const concat: Operator = operator({
  op: 'Concat',
  handsOn: 'all',
  attributes: { axis: 1 },
  run: ({ inputs, attributes, where }) => {
    const given = inputs as readonly Value[]
    const axis = axisOf(attributes.axis, given[0]!.rank, where)
    // What is empty may be of another type.
    const values = given.filter((each) => each.shape[axis] !== 0)
    if (values.length === 0) return given[0]!
    const tensors = values.filter((each) => each.isTensor)
    const turned = tensors.find((each) => !each.isPlain) ?? tensors[0] ?? values[0]!
    const { order } = turned
    const parts = values.map((each) => each.in(order))
    return Value.of(turned.type, tf.concat(parts, order.indexOf(axis)), order)
  },
  host: ({ inputs }) => {
    const values = inputs as readonly Value[]
    if (!values.every((each) => each.rank === 1)) return undefined
    const data = values.flatMap((each) => [...(each.host as number[])])
    return Value.known(values[0]!.type, [data.length], data)
  },
})

const split: Operator = operator({
  op: 'Split',
  handsOn: 'first',
  attributes: { axis: 0, split: absent.numbers, num_outputs: absent.number },
  constants: [1],
  run: ({ input, inputs, attributes, node, where }) => {
    const x = input(0)
    const axis = axisOf(attributes.axis, x.rank, where)
    const size = x.shape[axis]!
    const count = attributes.num_outputs ?? node.outputs.length
    const each = Math.ceil(size / count)
    const sizes =
      inputs[1]?.numbers(where, 'the sizes') ??
      attributes.split ??
      Array.from({ length: count }, (_, index) => Math.min(each, size - index * each))
    const place = x.order.indexOf(axis)
    return tf.split(x.lying(), [...sizes], place).map((part) => Value.of(x.type, part, x.order))
  },
})

/** Begin, end and step of one axis as whole numbers within it. */
function range(start: number, end: number, step: number, size: number): number[] {
  const clamp = (value: number, low: number, high: number) =>
    Math.max(low, Math.min(high, value < 0 ? value + size : value))
  const [from, to] =
    step > 0
      ? [clamp(start, 0, size), clamp(end, 0, size)]
      : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)]
  const count = Math.max(0, Math.ceil((to - from) / step))
  return [from, count, step]
}

const slice: Operator = operator({
  op: 'Slice',
  handsOn: 'first',
  attributes: { starts: absent.numbers, ends: absent.numbers, axes: absent.numbers },
  constants: [1, 2, 3, 4],
  run: (call) => {
    const x = call.input(0)
    let tensor = x.lying()
    for (const { axis, from, count, step } of slices(call, x)) {
      const place = x.order.indexOf(axis)
      const size = tensor.shape[place]!
      if (step === 1 && from === 0 && count === size) continue
      const begin = new Array<number>(x.rank).fill(0)
      const sizes = [...tensor.shape]
      if (step < 0) {
        tensor = tf.reverse(tensor, place)
        begin[place] = size - 1 - from
      } else begin[place] = from
      const every = Math.abs(step)
      if (every === 1 || count === 0) {
        sizes[place] = count
        tensor = tf.slice(tensor, begin, sizes)
        continue
      }
      const end = [...tensor.shape]
      end[place] = begin[place]! + (count - 1) * every + 1
      const strides = new Array<number>(x.rank).fill(1)
      strides[place] = every
      tensor = tf.stridedSlice(tensor, begin, end, strides)
    }
    return Value.of(x.type, tensor, x.order)
  },
  host: (call) => {
    const x = call.input(0)
    if (x.rank !== 1) return undefined
    const data = x.host as readonly number[]
    const [only] = slices(call, x)
    if (only === undefined) return x
    const { from, count, step } = only
    const picked = Array.from({ length: count }, (_, index) => data[from + index * step]!)
    return Value.known(x.type, [count], picked)
  },
})

function slices(
  {
    inputs,
    attributes,
    where,
  }: Call<{
    readonly starts: readonly number[] | undefined
    readonly ends: readonly number[] | undefined
    readonly axes: readonly number[] | undefined
  }>,
  x: Value,
): { axis: number; from: number; count: number; step: number }[] {
  const starts = attributes.starts ?? inputs[1]!.numbers(where, 'the starts')
  const ends = attributes.ends ?? inputs[2]!.numbers(where, 'the ends')
  const axes = attributes.axes ?? inputs[3]?.numbers(where, 'the axes') ?? identity(starts.length)
  const steps = inputs[4]?.numbers(where, 'the steps')
  return starts.map((start, index) => {
    const axis = axisOf(axes[index]!, x.rank, where)
    const [from, count, step] = range(start, ends[index]!, steps?.[index] ?? 1, x.shape[axis]!)
    return { axis, from: from!, count: count!, step: step! }
  })
}

const tile: Operator = operator({
  op: 'Tile',
  handsOn: 'first',
  isLarge: true,
  constants: [1],
  run: ({ input, numbers }) => {
    const x = input(0)
    return Value.of(x.type, tf.tile(x.plain(), [...numbers(1, 'the repeats')]))
  },
})

/** Operators that make, name or move shapes. */
export const shapeOperators: readonly Operator[] = [
  operator({ op: 'Identity', handsOn: 'first', run: ({ input }) => input(0) }),
  shapeOf,
  size,
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  transpose,
  expand,
  concat,
  split,
  slice,
  tile,
]
