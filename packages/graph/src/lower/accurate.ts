import type { Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

// Functions that onnxruntime's own op, or the formula at hand, gets wrong for some numbers of float32. Here they are right to about 3e-7 of the
// result, and NaN stays NaN. All of it is standard ONNX, for float32 and float64.

/** 1 / (1 + e^-x). onnxruntime's Sigmoid is a rational function: 18 % off at -15, and 0 below -18. */
export function sigmoid(builder: OnnxBuilder, x: Value): Value {
  const power = builder.unary('Exp', builder.unary('Neg', x))
  return builder.unary('Reciprocal', builder.add(power, builder.scalar(1, x.dtype)))
}

/** e^x - 1 for x up to 1, without the cancellation of that formula: of the tangent t of x / 2 it is 2t / (1 - t). */
function expm1Below(builder: OnnxBuilder, x: Value): Value {
  const tangent = builder.unary('Tanh', builder.mul(x, builder.scalar(0.5, x.dtype)))
  const rest = builder.sub(builder.scalar(1, x.dtype), tangent)
  return builder.div(builder.add(tangent, tangent), rest)
}

/** e^x - 1. Above a half, where nothing cancels, the difference of powers is added to what it is there. */
export function expm1(builder: OnnxBuilder, x: Value): Value {
  const low = builder.binary('Min', x, builder.scalar(0.5, x.dtype))
  const above = builder.sub(builder.unary('Exp', x), builder.unary('Exp', low))
  return builder.add(expm1Below(builder, low), above)
}

/** x above zero, elsewhere `alpha` (e^x - 1); all of it times `scale`. onnxruntime's Elu and Selu give 0 for a small x below zero. */
export function elu(builder: OnnxBuilder, x: Value, alpha = 1, scale = 1): Value {
  const zero = builder.scalar(0, x.dtype)
  const times = (value: Value, factor: number) =>
    factor === 1 ? value : builder.mul(value, builder.scalar(factor, x.dtype))
  const above = times(builder.binary('Max', x, zero), scale)
  const below = times(expm1Below(builder, builder.binary('Min', x, zero)), alpha * scale)
  return builder.add(below, above)
}

/**
 * log(1 + x). What is lost of x when one is added, divided by the sum, is the first term of what the logarithm lacks. Only small numbers lose anything that
 * shows, and the bounds keep infinities and zeros out of it.
 */
export function log1p(builder: OnnxBuilder, x: Value): Value {
  const one = builder.scalar(1, x.dtype)
  const bounds = [builder.scalar(-0.9, x.dtype), one]
  const small = builder.node('Clip', [x, ...bounds], {}, x)
  const sum = builder.add(small, one)
  const lost = builder.sub(small, builder.sub(sum, one))
  return builder.add(builder.unary('Log', builder.add(x, one)), builder.div(lost, sum))
}

/** 1 above zero, 0 elsewhere. Rounding up what lies between 0 and 1 is as quick as a comparison and a cast, and keeps NaN. */
export function step(builder: OnnxBuilder, x: Value): Value {
  const bounds = [builder.scalar(0, x.dtype), builder.scalar(1, x.dtype)]
  return builder.unary('Ceil', builder.node('Clip', [x, ...bounds], {}, x))
}

/** The angle of the point (x, y) in all four quadrants, as IEEE 754 has it for zeros and infinities of either sign. */
export function atan2(builder: OnnxBuilder, y: Value, x: Value): Value {
  const [up, right] = [builder.unary('Abs', y), builder.unary('Abs', x)]
  // Equal ones need no division: 0 / 0 is to be 0, and one infinity by the other 1.
  const isEqual = builder.binary('Equal', up, right, 'bool')
  const slope = builder.where(isEqual, builder.unary('Sign', up), builder.div(up, right))
  const angle = builder.unary('Atan', slope)
  const turned = builder.sub(builder.scalar(Math.PI), angle)
  const half = builder.where(isNegative(builder, x), turned, angle)
  return builder.where(isNegative(builder, y), builder.unary('Neg', half), half)
}

/** Whether the sign is set, that of a zero too. */
function isNegative(builder: OnnxBuilder, x: Value): Value {
  const zero = builder.scalar(0, x.dtype)
  const isBelow = builder.binary('Less', x, zero, 'bool')
  const isInverseBelow = builder.binary('Less', builder.unary('Reciprocal', x), zero, 'bool')
  return builder.binary('Or', isBelow, isInverseBelow)
}

/** Numbers with another in the place of NaN. */
export function withoutNan(builder: OnnxBuilder, x: Value, instead: number): Value {
  const isNan = builder.unary('IsNaN', x, {}, 'bool')
  return builder.where(isNan, builder.scalar(instead, x.dtype), x)
}
