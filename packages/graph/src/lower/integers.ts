import type { DType, Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

/** Beyond this every number of float32 is a multiple of 2^32, and so nothing as an integer of 32 bits. */
const MULTIPLES = 2 ** 62

/**
 * Numbers as integers of 32 bits, as JavaScript and tfjs make them: the fraction is cut off, what lies beyond counts modulo 2^32, NaN and infinities are 0. ONNX leaves
 * all but the first open, and onnxruntime gives -2^31.
 */
export function toInt32(builder: OnnxBuilder, x: Value): Value {
  if (x.dtype === 'int64') return wrap(builder, x)
  // What else a program holds, such as truth values and bytes of a dataset, are integers that fit.
  if (x.dtype !== 'float32' && x.dtype !== 'float64') return builder.cast(x, 'int32')
  const bounds = [builder.scalar(-MULTIPLES, x.dtype), builder.scalar(MULTIPLES, x.dtype)]
  return wrap(builder, builder.cast(builder.node('Clip', [x, ...bounds], {}, x), 'int64'))
}

/** Numbers as another type, as tfjs makes them. */
export function converted(builder: OnnxBuilder, x: Value, dtype: DType): Value {
  return dtype === 'int32' ? toInt32(builder, x) : builder.cast(x, dtype)
}

/** Integers of 64 bits modulo 2^32, as int32. */
function wrap(builder: OnnxBuilder, x: Value): Value {
  const half = builder.scalar(2 ** 31, 'int64')
  const whole = builder.scalar(2 ** 32, 'int64')
  const moved = builder.binary('Mod', builder.add(x, half), whole)
  return builder.cast(builder.sub(moved, half), 'int32')
}

/** Floating point that holds every integer of 32 bits. */
export function wide(builder: OnnxBuilder, x: Value): Value {
  return x.dtype === 'float32' || x.dtype === 'float64' ? x : builder.cast(x, 'float64')
}

/** A number of tfjs's as a bound of integers: cut to what they can be, the fraction towards zero. */
export function integerBound(value: number): number {
  return Math.trunc(Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value)))
}
