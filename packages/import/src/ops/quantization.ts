import * as tf from '@tensorflow/tfjs'
import { isFloat, SMALL_RANGES, typeOf } from '../file/types.ts'
import { axisOf } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { convolution } from './convolution.ts'
import { product } from './matrices.ts'
import { type Operator, operator } from './operator.ts'
import { windowAttributes } from './windows.ts'

/** A scale or zero point of all, of each row along an axis, or of each block of rows, for a tensor of a shape. */
function along(value: Value, shape: readonly number[], axis: number, block: number): tf.Tensor {
  const tensor = tf.cast(value.plain(), 'float32')
  if (value.size === 1) return tf.reshape(tensor, [])
  if (block > 0) {
    const rows = identity(shape[axis]!).map((at) => Math.floor(at / block))
    return tf.gather(tensor, tf.tensor1d(rows, 'int32'), axis)
  }
  return tf.reshape(
    tensor,
    shape.map((size, at) => (at === axis ? size : 1)),
  )
}

const quantize: Operator = operator({
  op: 'QuantizeLinear',
  rounds: true,
  attributes: {
    axis: 1,
    block_size: 0,
    output_dtype: 0,
    saturate: 1,
    precision: 0,
    round_mode: 'up',
  },
  constants: [1, 2],
  refuses: ({ attributes: { output_dtype } }) =>
    output_dtype !== 0 && typeOf(output_dtype) === undefined
      ? `elements of type ${output_dtype} are not known here`
      : undefined,
  run: ({ input, inputs, attributes: { axis, block_size, output_dtype }, where }) => {
    const [x, scale, zero] = [input(0), input(1), inputs[2]]
    const type = zero?.type ?? (output_dtype === 0 ? 'uint8' : typeOf(output_dtype)!)
    const at = scale.size === 1 ? 0 : axisOf(axis, x.rank, where)
    const given = tf.cast(scale.size === 1 ? x.lying() : x.plain(), 'float32')
    const scaled = tf.div(given, along(scale, x.shape, at, block_size))
    const order = scale.size === 1 ? x.order : identity(x.rank)
    const [low, high] = SMALL_RANGES[type] ?? [-(2 ** 31), 2 ** 31 - 1]
    // Kept as floats: whole numbers have no gradient.
    const whole = tf.customGrad((each) => ({
      value: tf.round(each as tf.Tensor),
      gradFunc: (dy) => dy as tf.Tensor,
    }))(scaled)
    const moved = zero === undefined ? whole : tf.add(whole, along(zero, x.shape, at, block_size))
    return Value.ofFloat(type, tf.clipByValue(moved, low, high), order)
  },
})

const dequantize: Operator = operator({
  op: 'DequantizeLinear',
  attributes: { axis: 1, block_size: 0, output_dtype: 0 },
  constants: [1, 2],
  run: ({ input, inputs, attributes: { axis, block_size }, where }) => {
    const [x, scale, zero] = [input(0), input(1), inputs[2]]
    const at = scale.size === 1 ? 0 : axisOf(axis, x.rank, where)
    const given = scale.size === 1 ? x.lying() : x.plain()
    const order = scale.size === 1 ? x.order : identity(x.rank)
    const float = tf.cast(given, 'float32')
    const moved = zero === undefined ? float : tf.sub(float, along(zero, x.shape, at, block_size))
    return Value.of(
      isFloat(scale.type) ? scale.type : 'float32',
      tf.mul(moved, along(scale, x.shape, at, block_size)),
      order,
    )
  },
})

const dynamicQuantize: Operator = operator({
  op: 'DynamicQuantizeLinear',
  rounds: true,
  run: ({ input }) => {
    const x = input(0)
    const tensor = x.lying()
    const low = tf.minimum(tf.min(tensor), 0)
    const high = tf.maximum(tf.max(tensor), 0)
    const scale = tf.div(tf.sub(high, low), 255)
    const zero = tf.clipByValue(tf.round(tf.div(tf.neg(low), scale)), 0, 255)
    const y = tf.clipByValue(tf.add(tf.round(tf.div(tensor, scale)), zero), 0, 255)
    return [
      Value.ofFloat('uint8', y, x.order),
      Value.of('float32', scale),
      Value.ofFloat('uint8', zero),
    ]
  },
})

/** A whole number less its zero point, as float. */
function centred(x: Value, zero: Value | undefined, axis: number): Value {
  const float = tf.cast(x.plain(), 'float32')
  if (zero === undefined) return Value.of('float32', float)
  const shape = x.shape.map((size, at) => (at === axis ? size : 1))
  const offset = tf.cast(zero.plain(), 'float32')
  return Value.of(
    'float32',
    tf.sub(
      float,
      zero.size === 1
        ? tf.reshape(offset, [])
        : zero.rank === 1
          ? tf.reshape(offset, shape)
          : offset,
    ),
  )
}

const matMulInteger: Operator = operator({
  op: 'MatMulInteger',
  run: ({ input, inputs }) => {
    const a = centred(input(0), inputs[2], input(0).rank - 2)
    const b = centred(input(1), inputs[3], input(1).rank - 1)
    return Value.of('int32', tf.cast(tf.round(product(a, b).plain()), 'int32'))
  },
})

const convInteger: Operator = operator({
  op: 'ConvInteger',
  attributes: { ...windowAttributes, group: 1 },
  run: ({ input, inputs, attributes }) => {
    const x = centred(input(0), inputs[2], -1)
    const w = centred(input(1), inputs[3], 0)
    const y = convolution(x, w, undefined, attributes)
    return Value.of('int32', tf.cast(tf.round(y.lying()), 'int32'), y.order)
  },
})

/** Numbers with a scale and zero point as whole ones. */
function requantized(y: tf.Tensor, scale: Value, zero: Value): tf.Tensor {
  const moved = tf.add(tf.round(tf.div(y, along(scale, y.shape, 0, 0))), along(zero, y.shape, 0, 0))
  const [low, high] = SMALL_RANGES[zero.type] ?? [0, 255]
  return tf.clipByValue(moved, low, high)
}

const qLinearMatMul: Operator = operator({
  op: 'QLinearMatMul',
  rounds: true,
  constants: [1, 2, 4, 5, 6, 7],
  run: ({ input }) => {
    const scaled = (x: number, s: number, z: number, axis: number) => {
      const float = centred(input(x), input(z), axis).plain()
      const scale = input(s)
      const factor =
        scale.rank === 1 && scale.size > 1
          ? along(scale, float.shape, axis, 0)
          : tf.cast(scale.plain(), 'float32')
      return Value.of('float32', tf.mul(float, scale.size === 1 ? tf.reshape(factor, []) : factor))
    }
    const a = scaled(0, 1, 2, input(0).rank - 2)
    const b = scaled(3, 4, 5, input(3).rank - 1)
    return Value.ofFloat(input(7).type, requantized(product(a, b).plain(), input(6), input(7)))
  },
})

const qLinearConv: Operator = operator({
  op: 'QLinearConv',
  rounds: true,
  attributes: { ...windowAttributes, group: 1 },
  constants: [1, 2, 4, 5, 6, 7],
  run: ({ input, inputs, attributes }) => {
    const x = centred(input(0), input(2), -1)
    const w = centred(input(3), input(5), 0)
    const bias = inputs[8] && Value.of('float32', tf.cast(inputs[8].plain(), 'float32'))
    const y = convolution(x, w, bias, attributes)
    // One scale, or one for each channel, which lies last.
    const scale = tf.mul(
      tf.reshape(tf.cast(input(1).plain(), 'float32'), []),
      input(4).size === 1 ? tf.reshape(input(4).plain(), []) : input(4).plain(),
    )
    return Value.ofFloat(
      input(7).type,
      requantized(tf.mul(y.lying(), scale), input(6), input(7)),
      y.order,
    )
  },
})

/** Numbers of few bits, and what makes floats of them. */
export const quantizationOperators: readonly Operator[] = [
  quantize,
  dequantize,
  { ...dequantize, domain: 'com.microsoft' },
  { ...quantize, domain: 'com.microsoft' },
  dynamicQuantize,
  matMulInteger,
  convInteger,
  qLinearMatMul,
  qLinearConv,
  operator({
    op: 'MatMulNBits',
    domain: 'com.microsoft',
    attributes: { K: 0, N: 0, bits: 4, block_size: 32, accuracy_level: 0, weight_prequantized: 0 },
    refused:
      'its weights are packed in blocks of a few bits, which no training could change; take the file of the same network with float16 or float32 weights',
  }),
]
