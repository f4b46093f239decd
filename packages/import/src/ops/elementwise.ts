import * as tf from '@tensorflow/tfjs'
import { isFloat, type OnnxType } from '../file/types.ts'
import { elementwise, withRank } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { divided, truncated, wrapped } from './integers.ts'
import { absent, always, type Operator, ofNonNegative, operator } from './operator.ts'

type Unary = (x: tf.Tensor) => tf.Tensor

function unary(op: string, fn: Unary): Operator {
  return operator({
    op,
    run: ({ input }) => {
      const x = input(0)
      return Value.of(x.type, fn(x.lying()), x.order)
    },
  })
}

function test(op: string, fn: Unary): Operator {
  return operator({
    op,
    run: ({ input }) => {
      const x = input(0)
      return Value.of('bool', fn(x.lying()), x.order)
    },
  })
}

/** Broadcasting of opset 6 and before: the axis that the second operand begins at. */
const legacy = { axis: absent.number, broadcast: 0, consumed_inputs: absent.numbers }

type Binary = (a: tf.Tensor, b: tf.Tensor, type: OnnxType) => tf.Tensor

function arithmetic(op: string, fn: Binary): Operator {
  return operator({
    op,
    attributes: legacy,
    run: ({ input, attributes: { axis } }) => {
      const a = input(0)
      const b = atAxis(input(1), axis, a.rank)
      return elementwise([a, b], a.type, (x, y) => wrapped(fn(x, y, a.type), a.type))
    },
  })
}

/** The second operand of an old file, with axes of one element behind it. */
function atAxis(b: Value, axis: number | undefined, rank: number): Value {
  if (axis === undefined || axis < 0 || axis + b.rank >= rank) return b
  const shape = [...b.shape, ...new Array<number>(rank - axis - b.rank).fill(1)]
  return Value.of(b.type, tf.reshape(b.plain(), shape))
}

function comparison(op: string, fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator {
  return operator({
    op,
    attributes: legacy,
    run: ({ input, attributes: { axis } }) => {
      const a = input(0)
      return elementwise([a, atAxis(input(1), axis, a.rank)], 'bool', fn)
    },
  })
}

function variadic(
  op: string,
  fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  isMean = false,
): Operator {
  return operator({
    op,
    attributes: { consumed_inputs: absent.numbers },
    run: ({ inputs }) => {
      const values = inputs as readonly Value[]
      const all = values
        .slice(1)
        .reduce((sum, each) => elementwise([sum, each], sum.type, fn), values[0]!)
      return isMean ? Value.of(all.type, tf.div(all.lying(), values.length), all.order) : all
    },
  })
}

/** Bits of whole numbers, each as a tensor of 0 and 1; by arithmetic, as TensorFlow.js has only `and`. */
function bitwise(op: string, fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator {
  return operator({
    op,
    run: ({ input }) => {
      const a = input(0)
      return elementwise([a, input(1)], a.type, (x, y) =>
        wrapped(fn(tf.cast(x, 'int32'), tf.cast(y, 'int32')), a.type),
      )
    },
  })
}

const both = (a: tf.Tensor, b: tf.Tensor) => tf.bitwiseAnd(...spread(a, b))

/** The kernel does not broadcast. */
function spread(a: tf.Tensor, b: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape)
  return [tf.broadcastTo(a, shape), tf.broadcastTo(b, shape)]
}

const two = () => tf.scalar(2, 'int32')

const shift: Operator = operator({
  op: 'BitShift',
  attributes: { direction: 'LEFT' },
  run: ({ input, attributes: { direction } }) => {
    const a = input(0)
    return elementwise([a, input(1)], a.type, (x, y) => {
      // A distance below 0 is a large one without a sign; in two parts, as 2 to the 31 is no int32.
      const isFar = tf.logicalOr(tf.less(y, 0), tf.greater(y, 31))
      const distance = tf.where(isFar, tf.onesLike(y), y)
      const [near, rest] = [tf.minimum(distance, 16), tf.maximum(tf.sub(distance, 16), 0)]
      const power = (by: tf.Tensor) =>
        tf.cast(tf.round(tf.pow(tf.scalar(2), tf.cast(by, 'float32'))), 'int32')
      const move = (by: tf.Tensor, given: tf.Tensor) =>
        direction === 'LEFT' ? tf.mul(given, power(by)) : tf.floorDiv(given, power(by))
      const moved = wrapped(move(rest, move(near, x)), a.type)
      const gone =
        direction === 'LEFT'
          ? tf.zerosLike(moved)
          : tf.cast(tf.neg(tf.cast(tf.less(tf.add(x, tf.zerosLike(moved)), 0), 'int32')), 'int32')
      return tf.where(
        tf.cast(tf.add(tf.cast(isFar, 'int32'), tf.zerosLike(moved)), 'bool'),
        gone,
        moved,
      )
    })
  },
})

const pow: Operator = operator({
  op: 'Pow',
  attributes: legacy,
  run: ({ input, attributes: { axis } }) => {
    const a = input(0)
    const b = atAxis(input(1), axis, a.rank)
    const [exponent] = b.size === 1 && b.host !== undefined ? (b.host as number[]) : []
    // Exact, and with gradients at 0 and below.
    if (exponent === 2 && withRank(b, a.rank).rank === a.rank) {
      return Value.of(a.type, tf.mul(a.lying(), a.lying()), a.order)
    }
    return elementwise([a, b], a.type, (x, y) => {
      const result = tf.pow(tf.cast(x, 'float32'), tf.cast(y, 'float32'))
      return isFloat(a.type) ? result : tf.cast(tf.round(result), 'int32')
    })
  },
})

/** The remainder with the sign of what it is divided by; by infinity what it was, or infinity where the signs differ. */
function modulo(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const plain = tf.mod(x, y)
  const full = (each: tf.Tensor) => tf.broadcastTo(each, plain.shape)
  const isFar = tf.logicalAnd(tf.isInf(full(y)), tf.isFinite(full(x)))
  const isOther = tf.less(tf.mul(full(x), tf.sign(full(y))), 0)
  return tf.where(isFar, tf.where(isOther, full(y), full(x)), plain)
}

const mod: Operator = operator({
  op: 'Mod',
  attributes: { fmod: 0 },
  run: ({ input, attributes: { fmod } }) => {
    const a = input(0)
    return elementwise([a, input(1)], a.type, (x, y) => {
      if (fmod === 0) return isFloat(a.type) ? modulo(x, y) : tf.mod(x, y)
      if (isFloat(a.type)) return tf.sub(x, tf.mul(y, truncated(tf.div(x, y))))
      return tf.sub(x, tf.mul(y, divided(x, y, a.type)))
    })
  },
})

const isInf: Operator = operator({
  op: 'IsInf',
  attributes: { detect_negative: 1, detect_positive: 1 },
  run: ({ input, attributes: { detect_negative, detect_positive } }) => {
    const x = input(0)
    const tensor = x.lying()
    const infinite = tf.isInf(tensor)
    const wanted =
      detect_negative && detect_positive
        ? infinite
        : detect_negative
          ? tf.logicalAnd(infinite, tf.less(tensor, 0))
          : detect_positive
            ? tf.logicalAnd(infinite, tf.greater(tensor, 0))
            : tf.logicalAnd(infinite, tf.logicalNot(infinite))
    return Value.of('bool', wanted, x.order)
  },
})

const where: Operator = operator({
  op: 'Where',
  run: ({ input }) => {
    const [condition, a, b] = [input(0), input(1), input(2)]
    return elementwise([condition, a, b], a.type, (test, x, y) => {
      const shape = [x, y].reduce(
        (all, each) => tf.broadcast_util.assertAndGetBroadcastShape(all, each.shape),
        test.shape,
      )
      // The gradient of the kernel does not sum over what was broadcast.
      const full = (each: tf.Tensor) =>
        each.rank === shape.length && each.shape.every((size, axis) => size === shape[axis])
          ? each
          : tf.broadcastTo(each, shape)
      return tf.where(tf.cast(full(test), 'bool'), full(x), full(y))
    })
  },
})

const equal = (a: tf.Tensor, b: tf.Tensor) => tf.equal(a, b)
const float = (fn: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
  x.dtype === 'int32' ? tf.cast(fn(tf.cast(x, 'float32')), 'int32') : fn(x)

/** Operators that work number by number. */
export const elementwiseOperators: readonly Operator[] = [
  { ...unary('Abs', tf.abs), isNonNegative: always },
  unary('Acos', tf.acos),
  unary('Acosh', tf.acosh),
  unary('Asin', tf.asin),
  unary('Asinh', tf.asinh),
  unary('Atan', tf.atan),
  unary('Atanh', tf.atanh),
  unary('Ceil', tf.ceil),
  unary('Cos', tf.cos),
  unary('Cosh', tf.cosh),
  unary('Erf', tf.erf),
  { ...unary('Exp', tf.exp), isNonNegative: always },
  unary('Floor', tf.floor),
  unary('Log', tf.log),
  unary('Neg', tf.neg),
  unary('Reciprocal', tf.reciprocal),
  unary('Round', tf.round),
  unary('Sign', float(tf.sign)),
  unary('Sin', tf.sin),
  unary('Sinh', tf.sinh),
  { ...unary('Sqrt', tf.sqrt), isNonNegative: always },
  unary('Tan', tf.tan),
  operator({
    op: 'BitwiseNot',
    run: ({ input }) => {
      const x = input(0)
      return Value.of(x.type, wrapped(tf.sub(tf.scalar(-1, 'int32'), x.lying()), x.type), x.order)
    },
  }),
  test('Not', (x) => tf.logicalNot(x)),
  test('IsNaN', tf.isNaN),
  isInf,
  { ...arithmetic('Add', tf.add), isNonNegative: ofNonNegative },
  arithmetic('Sub', tf.sub),
  { ...arithmetic('Mul', tf.mul), isNonNegative: ofNonNegative },
  { ...arithmetic('Div', divided), isNonNegative: ofNonNegative },
  pow,
  mod,
  shift,
  comparison('Equal', equal),
  comparison('Greater', tf.greater),
  comparison('GreaterOrEqual', tf.greaterEqual),
  comparison('Less', tf.less),
  comparison('LessOrEqual', tf.lessEqual),
  comparison('And', (a, b) => tf.logicalAnd(a, b)),
  comparison('Or', (a, b) => tf.logicalOr(a, b)),
  comparison('Xor', (a, b) => tf.logicalXor(a, b)),
  bitwise('BitwiseAnd', both),
  bitwise('BitwiseOr', (a, b) => tf.sub(tf.add(a, b), both(a, b))),
  bitwise('BitwiseXor', (a, b) => tf.sub(tf.add(a, b), tf.mul(two(), both(a, b)))),
  { ...variadic('Max', tf.maximum), isNonNegative: ofNonNegative },
  { ...variadic('Min', tf.minimum), isNonNegative: ofNonNegative },
  { ...variadic('Sum', tf.add), isNonNegative: ofNonNegative },
  variadic('Mean', tf.add, true),
  where,
]
