import * as tf from '@tensorflow/tfjs'
import type { FileTensor } from '../file/tensor.ts'
import { isFloat, type OnnxType, tfType, typeOf } from '../file/types.ts'
import { Value } from '../value/value.ts'
import { converted } from './integers.ts'
import { absent, type Operator, operator } from './operator.ts'

/** Of numbers of the file, more than this are no shape any more: the network computes with them. */
const MOST_FIXED = 4096

/** The same for what follows from sizes of inputs. Whether it is known must not depend on such a size, so this is only where memory would end. */
export const MOST_VARYING: number = 2 ** 24

/** How many numbers may be known, where they come of these. */
export function mostKnown(inputs: readonly (Value | undefined)[]): number {
  return inputs.every((each) => each === undefined || each.isFixed) ? MOST_FIXED : MOST_VARYING
}

/** A tensor of a file that stands in the graph itself. */
export function constantValue(tensor: FileTensor): Value {
  return Value.known(tensor.type, tensor.shape, tensor.data as readonly number[])
}

const constant: Operator = operator({
  op: 'Constant',
  attributes: {
    value: absent.tensor,
    value_float: absent.number,
    value_floats: absent.numbers,
    value_int: absent.number,
    value_ints: absent.numbers,
    value_string: absent.string,
    value_strings: absent.strings,
  },
  refuses: ({ node }) =>
    node.attributes.has('sparse_value') ? 'its numbers are stored sparsely' : undefined,
  run: ({ attributes: given }) => {
    if (given.value !== undefined) return constantValue(given.value)
    const scalar = (type: OnnxType, value: number | string) =>
      Value.known(type, [], [value] as readonly number[])
    const list = (type: OnnxType, values: readonly number[] | readonly string[]) =>
      Value.known(type, [values.length], values)
    if (given.value_float !== undefined) return scalar('float32', given.value_float)
    if (given.value_int !== undefined) return scalar('int64', given.value_int)
    if (given.value_string !== undefined) return scalar('string', given.value_string)
    if (given.value_ints !== undefined) return list('int64', given.value_ints)
    if (given.value_strings !== undefined) return list('string', given.value_strings)
    return list('float32', given.value_floats ?? [])
  },
})

const constantOfShape: Operator = operator({
  op: 'ConstantOfShape',
  isLarge: true,
  attributes: { value: absent.tensor },
  constants: 'all',
  run: ({ numbers, attributes: { value } }) => {
    const shape = numbers(0, 'the shape')
    const type = value?.type ?? 'float32'
    const number = value === undefined ? 0 : (value.data[0] as number)
    return Value.of(type, tf.fill([...shape], number, tfType(type) as 'float32'))
  },
  host: ({ inputs, numbers, attributes: { value } }) => {
    const shape = numbers(0, 'the shape')
    const count = shape.reduce((product, each) => product * each, 1)
    if (count > mostKnown(inputs)) return undefined
    const number = value === undefined ? 0 : (value.data[0] as number)
    return Value.known(value?.type ?? 'float32', shape, new Array<number>(count).fill(number))
  },
})

const rangeOf: Operator = operator({
  op: 'Range',
  isLarge: true,
  attributes: { stash_type: 1 },
  constants: 'all',
  run: ({ input, numbers }) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => numbers(index, 'the range')[0]!)
    const { type } = input(0)
    return Value.of(type, tf.range(start!, limit!, delta!, isFloat(type) ? 'float32' : 'int32'))
  },
  host: ({ input, inputs, numbers }) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => numbers(index, 'the range')[0]!)
    const count = Math.max(0, Math.ceil((limit! - start!) / delta!))
    if (count > mostKnown(inputs)) return undefined
    const data = Array.from({ length: count }, (_, index) => start! + index * delta!)
    return Value.known(input(0).type, [count], data)
  },
})

const cast: Operator = operator({
  op: 'Cast',
  attributes: { to: 1, saturate: 1, round_mode: 'up' },
  refuses: ({ attributes: { to } }) =>
    typeOf(to) === undefined ? `elements of type ${to} are not known here` : undefined,
  run: ({ input, attributes: { to } }) => castTo(input(0), typeOf(to)!),
  host: ({ input, attributes: { to } }) => hostCast(input(0), typeOf(to)!),
})

function castTo(x: Value, type: OnnxType): Value {
  if (x.type === 'string' || type === 'string') {
    const known = x.host ?? x.known()
    const texts = known ?? []
    if (type === 'string') return Value.known(type, x.shape, [...texts].map(String))
    return Value.known(type, x.shape, [...texts].map(Number))
  }
  return Value.of(type, converted(x.lying(), x.type, type), x.order)
}

function hostCast(x: Value, type: OnnxType): Value | undefined {
  if (x.type === 'string' || type === 'string' || x.size > mostKnown([x])) return undefined
  const data = x.host as readonly number[]
  if (type === 'bool')
    return Value.known(
      type,
      x.shape,
      data.map((each) => (each === 0 ? 0 : 1)),
    )
  if (type === 'int64' || type === 'int32') return Value.known(type, x.shape, data.map(Math.trunc))
  return isFloat(type) ? Value.known(type, x.shape, data) : undefined
}

const castLike: Operator = operator({
  op: 'CastLike',
  attributes: { saturate: 1, round_mode: 'up' },
  run: ({ input }) => castTo(input(0), input(1).type),
})

const eyeLike: Operator = operator({
  op: 'EyeLike',
  attributes: { dtype: absent.number, k: 0 },
  run: ({ input, attributes: { dtype, k } }) => {
    const x = input(0)
    const [rows, columns] = x.shape as [number, number]
    const data = new Array<number>(rows * columns).fill(0)
    for (let row = 0; row < rows; row++) {
      if (row + k >= 0 && row + k < columns) data[row * columns + row + k] = 1
    }
    return Value.known(dtype === undefined ? x.type : typeOf(dtype)!, x.shape, data)
  },
})

const trilu: Operator = operator({
  op: 'Trilu',
  attributes: { upper: 1 },
  constants: [1],
  run: ({ input, inputs, attributes: { upper }, where }) => {
    const x = input(0)
    const k = inputs[1]?.numbers(where, 'k')[0] ?? 0
    const [rows, columns] = x.shape.slice(-2) as [number, number]
    const mask = Array.from({ length: rows * columns }, (_, at) => {
      const distance = (at % columns) - Math.floor(at / columns)
      return Number(upper ? distance >= k : distance <= k)
    })
    const wanted = Value.known('bool', [rows, columns], mask).plain()
    const tensor = x.plain()
    if (x.size === 0) return x
    const full = tf.cast(tf.broadcastTo(tf.cast(wanted, 'int32'), tensor.shape), 'bool')
    const result = tf.where(
      full,
      x.type === 'bool' ? tf.cast(tensor, 'int32') : tensor,
      tf.zerosLike(x.type === 'bool' ? tf.cast(tensor, 'int32') : tensor),
    )
    return Value.of(x.type, result)
  },
})

/** Operators that make constants, and other types of what there is. */
export const constantOperators: readonly Operator[] = [
  constant,
  constantOfShape,
  rangeOf,
  cast,
  castLike,
  eyeLike,
  trilu,
]
