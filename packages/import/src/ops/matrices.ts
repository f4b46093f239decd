import * as tf from '@tensorflow/tfjs'
import { isFloat } from '../file/types.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** A matrix as a product takes it: rows and columns last, told whether they lie the other way round. */
interface Factor {
  readonly tensor: tf.Tensor
  readonly isTurned: boolean
}

function factor(value: Value): Factor {
  const { rank, order } = value
  const turned = identity(rank)
  ;[turned[rank - 2], turned[rank - 1]] = [rank - 1, rank - 2]
  const isTurned = order.every((axis, place) => axis === turned[place])
  return { tensor: isTurned ? value.lying() : value.plain(), isTurned }
}

const turn = (shape: readonly number[], isTurned: boolean) =>
  isTurned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : [...shape]

/** A product of matrices as numpy has it; whole numbers are exact up to 2^24. */
export function product(a: Value, b: Value, type: Value['type'] = a.type): Value {
  if (!isFloat(a.type)) {
    const float = (x: Value) => Value.of('float32', tf.cast(x.plain(), 'float32'))
    return Value.of(type, tf.cast(tf.round(product(float(a), float(b)).plain()), 'int32'))
  }
  if (a.rank === 1 || b.rank === 1) {
    const left = a.rank === 1 ? Value.of(a.type, tf.reshape(a.plain(), [1, a.size])) : a
    const right = b.rank === 1 ? Value.of(b.type, tf.reshape(b.plain(), [b.size, 1])) : b
    const full = product(left, right)
    const shape = [...full.shape]
    if (b.rank === 1) shape.pop()
    if (a.rank === 1) shape.splice(b.rank === 1 ? -1 : -2, 1)
    return Value.of(type, tf.reshape(full.plain(), shape))
  }
  // A matrix of weights: all rows at once, whatever axes they stand in.
  if (b.rank === 2) {
    const lying = lastAxisLast(a)
    const rows = tf.reshape(lying, [-1, a.shape.at(-1)!])
    const { tensor, isTurned } = factor(b)
    const result = tf.matMul(rows as tf.Tensor2D, tensor as tf.Tensor2D, false, isTurned)
    const order = a.order.at(-1) === a.rank - 1 ? a.order : identity(a.rank)
    return Value.of(type, tf.reshape(result, [...lying.shape.slice(0, -1), b.shape[1]!]), order)
  }
  const [left, right] = [factor(a), factor(b)]
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2) as number[],
    b.shape.slice(0, -2) as number[],
  )
  // The gradient of the kernel does not sum over what was broadcast.
  const full = ({ tensor, isTurned }: Factor, value: Value) => {
    const shape = [...batch, ...turn(value.shape.slice(-2), isTurned)]
    return tensor.rank === shape.length && tensor.shape.every((size, axis) => size === shape[axis])
      ? tensor
      : tf.broadcastTo(tensor, shape)
  }
  return Value.of(type, tf.matMul(full(left, a), full(right, b), left.isTurned, right.isTurned))
}

/** The tensor with the last axis of the file last, the others as they lie where that is so already. */
function lastAxisLast(value: Value): tf.Tensor {
  return value.order.at(-1) === value.rank - 1 ? value.lying() : value.plain()
}

const matMul: Operator = operator({
  op: 'MatMul',
  run: ({ input }) => product(input(0), input(1)),
})

const gemm: Operator = operator({
  op: 'Gemm',
  attributes: { alpha: 1, beta: 1, transA: 0, transB: 0, broadcast: absent.number },
  weightOrders: ({ attributes: { transB } }) => (transB ? { 1: () => [1, 0] } : {}),
  run: ({ input, inputs, attributes: { alpha, beta, transA, transB } }) => {
    const a = transA ? input(0).transposed([1, 0]) : input(0)
    const b = transB ? input(1).transposed([1, 0]) : input(1)
    const y = product(a, b)
    const scale = (x: tf.Tensor, by: number) =>
      by === 1 ? x : isFloat(y.type) ? tf.mul(x, by) : tf.mul(x, tf.scalar(by, 'int32'))
    const scaled = scale(y.plain(), alpha)
    const c = inputs[2]
    if (c === undefined || beta === 0) return Value.of(y.type, scaled)
    return Value.of(y.type, tf.add(scaled, scale(c.plain(), beta)))
  },
})

const einsum: Operator = operator({
  op: 'Einsum',
  attributes: { equation: '' },
  run: ({ inputs, attributes: { equation } }) => {
    const values = inputs as readonly Value[]
    const written = explicit(
      equation.replaceAll(' ', ''),
      values.map((each) => each.rank),
    )
    if (values.length === 1) return diagonalFree(written, values[0]!)
    const [terms, output] = written.split('->') as [string, string]
    const labels = terms.split(',')
    // TensorFlow.js has it for two factors, so more are multiplied one after the other.
    let current = values[0]!.plain()
    let label = labels[0]!
    for (let index = 1; index < values.length; index++) {
      const rest = labels.slice(index + 1).join('') + output
      const isLast = index === values.length - 1
      const next = isLast
        ? output
        : [...new Set(label + labels[index]!)].filter((each) => rest.includes(each)).join('')
      current = tf.einsum(`${label},${labels[index]}->${next}`, current, values[index]!.plain())
      label = next
    }
    return Value.of(values[0]!.type, current)
  },
})

/** Labels for what `...` stands for, and for a result that is not written out. */
function explicit(equation: string, ranks: readonly number[]): string {
  const [left, right] = equation.split('->') as [string, string | undefined]
  const free = [...'ZYXWVUTSRQPONMLKJIHGFEDCBA'].filter((each) => !equation.includes(each))
  const terms = left.split(',')
  const more = Math.max(
    0,
    ...terms.map((term, index) =>
      term.includes('...') ? ranks[index]! - term.replace('...', '').length : 0,
    ),
  )
  const dots = free.slice(0, more).join('')
  const named = terms.map((term, index) => {
    const count = ranks[index]! - term.replace('...', '').length
    return term.replace('...', dots.slice(dots.length - count))
  })
  const letters = left.replaceAll(/[^A-Za-z]/g, '')
  const single = [...new Set(letters)]
    .filter((each) => letters.split(each).length === 2)
    .sort()
    .join('')
  const output = right === undefined ? dots + single : right.replace('...', dots)
  return `${named.join(',')}->${output}`
}

/** A sum, transposition or diagonal of one tensor. */
function diagonalFree(equation: string, value: Value): Value {
  const [term, output] = equation.split('->') as [string, string]
  let labels = [...term]
  let tensor = value.plain()
  // A label twice is a diagonal: what lies off it counts as 0, and one of the axes is summed.
  for (const label of new Set(labels)) {
    while (labels.filter((each) => each === label).length > 1) {
      const [first, second] = labels.flatMap((each, axis) => (each === label ? [axis] : [])) as [
        number,
        number,
      ]
      const size = tensor.shape[first]!
      const shape = tensor.shape.map((_, axis) => (axis === first || axis === second ? size : 1))
      tensor = tf.sum(tf.mul(tensor, tf.reshape(tf.eye(size), shape)), second)
      labels = labels.filter((_, axis) => axis !== second)
    }
  }
  const gone = labels.flatMap((label, axis) => (output.includes(label) ? [] : [axis]))
  const summed = gone.length > 0 ? tf.sum(tensor, gone) : tensor
  const left = labels.filter((label) => output.includes(label))
  return Value.of(
    value.type,
    tf.transpose(
      summed,
      [...output].map((label) => left.indexOf(label)),
    ),
  )
}

const fusedMatMul: Operator = operator({
  op: 'FusedMatMul',
  domain: 'com.microsoft',
  attributes: { alpha: 1, transA: 0, transB: 0, transBatchA: 0, transBatchB: 0 },
  refuses: ({ attributes }) =>
    attributes.transBatchA || attributes.transBatchB
      ? 'transBatchA and transBatchB are not known here'
      : undefined,
  run: ({ input, attributes: { alpha, transA, transB } }) => {
    const turned = (x: Value) => {
      const perm = identity(x.rank)
      return x.transposed([...perm.slice(0, -2), x.rank - 1, x.rank - 2])
    }
    const y = product(transA ? turned(input(0)) : input(0), transB ? turned(input(1)) : input(1))
    return Value.of(y.type, tf.mul(y.lying(), alpha), y.order)
  },
})

const det: Operator = operator({
  op: 'Det',
  run: ({ input }) => {
    const x = input(0)
    const size = x.shape.at(-1)!
    const flat = tf.reshape(x.plain(), [-1, size, size])
    return Value.of(x.type, tf.reshape(determinant(flat), x.shape.slice(0, -2) as number[]))
  },
})

/** By rows and minors: small matrices are all that networks have. */
function determinant(x: tf.Tensor): tf.Tensor {
  const size = x.shape[1]!
  if (size === 1) return tf.reshape(x, [-1])
  const parts = identity(size).map((column) => {
    const entry = tf.reshape(tf.slice(x, [0, 0, column], [-1, 1, 1]), [-1])
    const rest = tf.slice(x, [0, 1, 0], [-1, size - 1, size])
    const left = identity(size).filter((each) => each !== column)
    const minor = determinant(tf.gather(rest, tf.tensor1d(left, 'int32'), 2))
    return tf.mul(tf.mul(entry, minor), column % 2 === 0 ? 1 : -1)
  })
  return parts.reduce((sum, each) => tf.add(sum, each))
}

/** Products of matrices. */
export const matrixOperators: readonly Operator[] = [matMul, gemm, einsum, fusedMatMul, det]
