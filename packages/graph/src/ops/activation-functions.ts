import type { Value } from '../ir/index.ts'
import { sigmoid as accurateSigmoid } from '../lower/accurate.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { STEEP } from '../lower/steep.ts'
import { erf, sigmoid, softplus } from './exact.ts'

/** What a function goes by, besides x: `{ alpha: 0.3 }`. */
export type Numbers = Readonly<Record<string, number>>

/** A function of one number, and its slope, as few passes over memory as onnxruntime can do them in: right to about 1e-7 of what lies around one, which is enough for training. */
export interface ActivationFunction {
  /** What it means, in double precision. */
  of(x: number, numbers: Numbers): number
  /** The slope by the numbers that the quick form takes. */
  slopeOf(given: Readonly<Record<Known, number>>, numbers: Numbers): number
  /** What a function that may be this one goes by, from what it gives; undefined where it is another. Left out by what goes by nothing. */
  fit?(given: (x: number) => number): Numbers | undefined
  /** Neither is its slope. Such a function is right relatively where it is tiny, as logarithms and quotients are taken of it. */
  readonly isNeverNegative?: boolean
  /** Where the slope jumps, so that one from either side is right. */
  jumps?(numbers: Numbers): readonly number[]
  value(builder: OnnxBuilder, x: Value, numbers: Numbers): Value
  /** What the slope follows from: from y alone where it can, as x is then not needed any more. */
  readonly slopeFrom: readonly Known[]
  slope(builder: OnnxBuilder, given: Readonly<Record<Known, Value>>, numbers: Numbers): Value
}

/** What the function takes, and what it gave. */
export type Known = 'x' | 'y'

/** Less than the difference between one and the number of float32 below it, turned round. */
const CLOSE = 2 ** 30

/** Where e^x is nothing beside one. */
const FAR_BELOW = -128

/** Functions by the names of the field. */
export const activationFunctions: Readonly<Record<string, ActivationFunction>> = {
  /** `scale` times x above zero, `alpha` (e^x - 1) elsewhere: ELU (Clevert et al. 2016), and SELU (Klambauer et al. 2017). */
  elu: {
    fit(given) {
      const [alpha, scale] = [-given(FAR_BELOW), given(1)]
      const isOrdinary = [alpha, scale, alpha / scale].every((each) => each > 1e-3 && each < 1e3)
      return isOrdinary ? { alpha, scale } : undefined
    },
    of: (x, { alpha, scale }) => (x > 0 ? scale! * x : alpha! * Math.expm1(x)),
    slopeOf: ({ y }, { alpha, scale }) => (y > 0 ? scale! : y + alpha!),
    jumps: ({ alpha, scale }) => (alpha === scale ? [] : [0]),
    // e^x - 1 is not below x, and above zero not above it.
    value(builder, x, { alpha, scale }) {
      const power = builder.unary('Exp', clip(builder, x, FAR_BELOW, 0))
      const curved = builder.binary('Max', x, builder.sub(power, builder.scalar(1)))
      const ratio = alpha! / scale!
      const bent = ratio === 1 ? curved : builder.unary('LeakyRelu', curved, { alpha: ratio })
      return times(builder, bent, scale!)
    },
    slopeFrom: ['y'],
    slope(builder, { y }, { alpha, scale }) {
      if (alpha === scale) return times(builder, bounded(builder, y, 1 / alpha!, 1), alpha!)
      const below = clip(builder, y, Number.NEGATIVE_INFINITY, 0)
      const jump = times(builder, bounded(builder, y, STEEP, 0), scale! - alpha!)
      return builder.add(below, builder.add(jump, builder.scalar(alpha!)))
    },
  },
  /** x above zero, `alpha` x elsewhere (Maas et al. 2013). */
  leakyRelu: {
    fit: (given) => {
      const alpha = -given(-1)
      // With a slope of one it would be x itself, and with a tiny one it may be what is left over of a ReLU.
      return alpha > 1e-6 && alpha < 0.999 ? { alpha } : undefined
    },
    of: (x, { alpha }) => (x < 0 ? alpha! * x : x),
    slopeOf: ({ y }, { alpha }) => (y > 0 ? 1 : alpha!),
    jumps: () => [0],
    value: (builder, x, { alpha }) => builder.unary('LeakyRelu', x, { alpha: alpha! }),
    slopeFrom: ['y'],
    slope: (builder, { y }, { alpha }) => clip(builder, times(builder, y, STEEP), alpha!, 1),
  },
  /** log(1 + e^x). onnxruntime's own op takes three times as long. Both are right to the last digits: scales are made by it that a logarithm is taken of. */
  softplus: {
    isNeverNegative: true,
    of: softplus,
    slopeOf: ({ x }) => sigmoid(x),
    value(builder, x) {
      // log(1 + e^-|x|) is twice the inverse tangent (hyperbolic) of z, e^-|x| / (2 + e^-|x|): z times a polynomial of its square, as a logarithm takes ten times as long as an exponential.
      const half = builder.sub(builder.scalar(-Math.LN2), builder.unary('Abs', x))
      const z = builder.unary('Softsign', builder.unary('Exp', half))
      const square = builder.mul(z, z)
      const [highest, ...others] = LOGARITHM
      const [first, ...rest] = others.map((each) => builder.scalar(each))
      const sum = rest.reduce(
        (total, each) => builder.add(builder.mul(total, square), each),
        builder.add(times(builder, square, highest!), first!),
      )
      return builder.add(builder.unary('Relu', x), builder.mul(z, sum))
    },
    slopeFrom: ['x'],
    slope: (builder, { x }) => accurateSigmoid(builder, x),
  },
  /** x sigmoid(x), or SiLU (Elfwing et al. 2017). */
  swish: {
    of: (x) => x * sigmoid(x),
    slopeOf: ({ x, y }) => sigmoid(x) + y * sigmoid(-x),
    value: (builder, x) => builder.node('QuickGelu', [x], { alpha: 1 }, x, 'com.microsoft'),
    slopeFrom: ['x', 'y'],
    slope(builder, { x, y }) {
      const gate = builder.unary('Sigmoid', x)
      return builder.add(gate, builder.mul(y, builder.sub(builder.scalar(1), gate)))
    },
  },
  /** x tanh(log(1 + e^x)) (Misra 2019). */
  mish: {
    of: (x) => x * Math.tanh(softplus(x)),
    slopeOf({ x }) {
      const factor = Math.tanh(softplus(x))
      return factor + x * sigmoid(x) * (1 - factor * factor)
    },
    value: (builder, x) => builder.mul(x, mishFactor(builder, x)),
    slopeFrom: ['x'],
    slope(builder, { x }) {
      const factor = mishFactor(builder, x)
      const rest = builder.sub(builder.scalar(1), builder.mul(factor, factor))
      const swish = builder.node('QuickGelu', [x], { alpha: 1 }, x, 'com.microsoft')
      return builder.add(factor, builder.mul(swish, rest))
    },
  },
  /** x clip(x + 3, 0, 6) / 6 (Howard et al. 2019). */
  hardSwish: {
    of: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    slopeOf: ({ x }) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
    jumps: () => [-3, 3],
    value: (builder, x) => builder.mul(x, bounded(builder, x, 1 / 6, 0.5)),
    slopeFrom: ['x'],
    slope(builder, { x }) {
      // Minus a sixth of x, and zero from minus three down and from three up.
      const above = builder.unary('ThresholdedRelu', x, { alpha: -3 })
      const share = times(builder, above, -1 / 6)
      const within = builder.unary('ThresholdedRelu', share, { alpha: -0.5 })
      return builder.sub(bounded(builder, x, 1 / 6, 0.5), within)
    },
  },
  /** `slope` x + `middle`, cut off at 0 and 1. */
  hardSigmoid: {
    isNeverNegative: true,
    fit(given) {
      const middle = given(0)
      const slope = (given(2 ** -4) - middle) * 2 ** 4
      return slope > 0 && middle > 0 && middle < 1 ? { slope, middle } : undefined
    },
    of: (x, { slope, middle }) => Math.min(Math.max(slope! * x + middle!, 0), 1),
    slopeOf: ({ y }, { slope }) => (y > 0 && y < 1 ? slope! : 0),
    jumps: ({ slope, middle }) => [-middle! / slope!, (1 - middle!) / slope!],
    value: (builder, x, { slope, middle }) => bounded(builder, x, slope!, middle!),
    slopeFrom: ['y'],
    slope(builder, { y }, { slope }) {
      // Minus y, and zero where y is one.
      const below = builder.unary('ThresholdedRelu', builder.unary('Neg', y), { alpha: -1 })
      return times(builder, bounded(builder, below, -CLOSE, 0), slope!)
    },
  },
  /** x Φ(x) (Hendrycks and Gimpel 2016). */
  gelu: {
    of: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
    slopeOf: ({ x }) =>
      (1 + erf(x / Math.SQRT2)) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
    value(builder, x) {
      const scaled = times(builder, x, Math.SQRT1_2)
      return builder.mul(x, bounded(builder, builder.unary('Erf', scaled), 0.5, 0.5))
    },
    slopeFrom: ['x'],
    slope(builder, { x }) {
      const scaled = times(builder, x, Math.SQRT1_2)
      const cumulative = bounded(builder, builder.unary('Erf', scaled), 0.5, 0.5)
      const exponent = builder.sub(
        builder.scalar(-0.5 * Math.log(Math.PI)),
        builder.mul(scaled, scaled),
      )
      return builder.add(cumulative, builder.mul(scaled, builder.unary('Exp', exponent)))
    },
  },
  /** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, which is near to it. */
  geluTanh: {
    of: (x) => x * geluGate(x),
    slopeOf({ x }) {
      const gate = geluGate(x)
      return gate + 2 * gate * (1 - gate) * x * (ROOT + 3 * ROOT * CUBIC * x * x)
    },
    value: (builder, x) => builder.mul(x, geluParts(builder, x).gate),
    slopeFrom: ['x'],
    slope(builder, { x }) {
      const { near, gate, inner } = geluParts(builder, x)
      // Twice x times the slope of what stands in the tanh.
      const share = builder.sub(times(builder, inner, 6), times(builder, near, 4 * ROOT))
      const rest = builder.sub(builder.scalar(1), gate)
      return builder.mul(gate, builder.add(builder.mul(rest, share), builder.scalar(1)))
    },
  },
  /** x / (1 + |x|). */
  softsign: {
    of: (x) => x / (1 + Math.abs(x)),
    slopeOf: ({ y }) => (1 - Math.abs(y)) ** 2,
    value: (builder, x) => builder.unary('Softsign', x),
    slopeFrom: ['y'],
    slope(builder, { y }) {
      const rest = builder.sub(builder.scalar(1), builder.unary('Abs', y))
      return builder.mul(rest, rest)
    },
  },
}

/** Of 2 atanh(z) / z as a polynomial of the square of z, up to a ninth: the best of its degree, right to 4e-9. The highest power first. */
const LOGARITHM: readonly number[] = [
  0.281746572707475, 0.279614188333516, 0.400248537235506, 0.666663159350796, 2.00000000787775,
]

const ROOT = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715

/** What a tanh is 1 or -1 of. */
const FAR = 20

function geluGate(x: number): number {
  return (1 + Math.tanh(ROOT * (x + CUBIC * x ** 3))) / 2
}

/** What stands in the tanh, and half of one and the tanh. */
function geluParts(builder: OnnxBuilder, x: Value): Record<'near' | 'inner' | 'gate', Value> {
  // Beyond, the gate is 0 or 1, and a cube may not be finite.
  const near = clip(builder, x, -FAR, FAR)
  const square = times(builder, builder.mul(near, near), ROOT * CUBIC)
  const inner = builder.mul(near, builder.add(square, builder.scalar(ROOT)))
  return { near, inner, gate: bounded(builder, builder.unary('Tanh', inner), 0.5, 0.5) }
}

/** tanh(log(1 + e^x)): with n of e^x (e^x + 2) it is n / (n + 2), where nothing cancels. */
function mishFactor(builder: OnnxBuilder, x: Value): Value {
  const [two, most] = [builder.scalar(2), FAR]
  const power = builder.unary('Exp', clip(builder, x, Number.NEGATIVE_INFINITY, most))
  const n = builder.mul(power, builder.add(power, two))
  return builder.div(n, builder.add(n, two))
}

/** `slope` x + `middle`, cut off at 0 and 1, in one pass. */
function bounded(builder: OnnxBuilder, x: Value, slope: number, middle: number): Value {
  return builder.unary('HardSigmoid', x, { alpha: slope, beta: middle })
}

function clip(builder: OnnxBuilder, x: Value, low: number, high: number): Value {
  return builder.node('Clip', [x, builder.scalar(low), builder.scalar(high)], {}, x)
}

function times(builder: OnnxBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : builder.mul(x, builder.scalar(factor))
}
