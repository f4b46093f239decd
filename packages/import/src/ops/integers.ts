import * as tf from '@tensorflow/tfjs'
import { isFloat, isInteger, type OnnxType, SMALL_RANGES } from '../file/types.ts'

/** Whole numbers beyond a type of at most 16 bits count modulo its size, as in C. */
export function wrapped(tensor: tf.Tensor, type: OnnxType): tf.Tensor {
  const range = SMALL_RANGES[type]
  if (range === undefined) return tensor
  const [low, high] = range
  const size = tf.scalar(high - low + 1, 'int32')
  const from = tf.scalar(low, 'int32')
  return tf.add(tf.mod(tf.sub(tensor, from), size), from)
}

/** Whole numbers beyond a type are its smallest or largest number. */
export function saturated(tensor: tf.Tensor, type: OnnxType): tf.Tensor {
  const range = SMALL_RANGES[type]
  return range === undefined ? tensor : tf.clipByValue(tensor, range[0], range[1])
}

/** A division; of whole numbers towards zero. */
export function divided(a: tf.Tensor, b: tf.Tensor, type: OnnxType): tf.Tensor {
  if (!isInteger(type)) return tf.div(a, b)
  const size = tf.floorDiv(tf.abs(a), tf.abs(b))
  const sign = (x: tf.Tensor) => tf.cast(tf.sign(tf.cast(x, 'float32')), 'int32')
  return tf.mul(size, tf.mul(sign(a), sign(b)))
}

/** The whole part of a float, towards zero. */
export function truncated(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sign(x), tf.floor(tf.abs(x)))
}

/** Elements of another type, as ONNX converts them: floats lose their fraction, truth is "not 0". */
export function converted(tensor: tf.Tensor, from: OnnxType, to: OnnxType): tf.Tensor {
  if (to === 'bool') {
    return from === 'bool' ? tensor : tf.notEqual(tensor, tf.scalar(0, tensor.dtype as 'int32'))
  }
  if (isFloat(to)) return tf.cast(tensor, 'float32')
  const whole = tf.cast(tensor, 'int32')
  return SMALL_RANGES[to] === undefined ? whole : wrapped(whole, to)
}
