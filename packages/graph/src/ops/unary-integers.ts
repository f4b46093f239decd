import type { Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { wide } from '../lower/integers.ts'

// Functions of int32, whose result tfjs cuts to an integer: all 31 bits of the argument count. onnxruntime has few of these functions in double
// precision, but it has powers, logarithms and roots.

/** An op that knows integers. */
export function op(name: string): (builder: OnnxBuilder, x: Value) => Value {
  return (builder, x) => builder.unary(name, x)
}

/** The integer itself above zero, else 0. */
export function positive(builder: OnnxBuilder, x: Value): Value {
  return builder.binary('Max', x, builder.scalar(0, x.dtype))
}

/** What Selu gives: -1 below zero, a little more than the number above. */
export function scaledInteger(scale: number): (builder: OnnxBuilder, x: Value) => Value {
  return (builder, x) => {
    const factor = builder.scalar(scale, 'float64')
    const above = builder.mul(wide(builder, positive(builder, x)), factor)
    const below = builder.binary('Min', builder.unary('Sign', x), builder.scalar(0, 'int32'))
    return builder.add(above, wide(builder, below))
  }
}

/** (e^x - e^-x) / 2, to which no small argument brings cancellation. */
export function hyperbolicSine(builder: OnnxBuilder, x: Value): Value {
  const power = builder.unary('Exp', wide(builder, x))
  const difference = builder.sub(power, builder.unary('Reciprocal', power))
  return builder.mul(difference, builder.scalar(0.5, 'float64'))
}

/** log(x + sqrt(x^2 - 1)), NaN below one. */
export function inverseCosine(builder: OnnxBuilder, x: Value): Value {
  return logarithmWithRoot(builder, wide(builder, x), -1)
}

/** The sign of x times log(|x| + sqrt(x^2 + 1)). */
export function inverseSine(builder: OnnxBuilder, x: Value): Value {
  const whole = wide(builder, x)
  const size = logarithmWithRoot(builder, builder.unary('Abs', whole), 1)
  return builder.mul(builder.unary('Sign', whole), size)
}

function logarithmWithRoot(builder: OnnxBuilder, x: Value, more: number): Value {
  const square = builder.add(builder.mul(x, x), builder.scalar(more, 'float64'))
  return builder.unary('Log', builder.add(x, builder.unary('Sqrt', square)))
}
