import * as tf from '@tensorflow/tfjs'

/** Where the axes of a sum of products lie: in both factors and the result, summed up, or in one factor and the result. */
interface Axes {
  readonly batch: readonly string[]
  readonly summed: readonly string[]
  readonly left: readonly string[]
  readonly right: readonly string[]
}

/** Whether `einsum` of these is one product of matrices, or many: two factors, none of which has an axis twice. */
export function isMatrixProduct(equation: string): boolean {
  const [factors = '', result = ''] = termsOf(equation)
  const terms = factors.split(',')
  return (
    equation.includes('->') &&
    !equation.includes('.') &&
    terms.length === 2 &&
    [...terms, result].every((term) => new Set(term).size === term.length)
  )
}

/**
 * `einsum` of two factors as a product of matrices. The cpu backend keeps the product of every pair before it sums: memory and time of all
 * axes together, where a product of matrices needs that of its result.
 */
export function einsumByMatrices(equation: string, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [factors = '', result = ''] = termsOf(equation)
  const [first = '', second = ''] = factors.split(',')
  const sizes = new Map<string, number>()
  for (const [term, { shape }] of [[first, a] as const, [second, b] as const]) {
    for (const [i, axis] of [...term].entries()) sizes.set(axis, shape[i]!)
  }
  const axes = axesOf(first, second, result)
  const size = (names: readonly string[]) =>
    names.reduce((product, name) => product * sizes.get(name)!, 1)
  const ordered = (x: tf.Tensor, term: string, order: readonly string[]) => {
    const lone = [...term].flatMap((axis, i) => (order.includes(axis) ? [] : [i]))
    const left = [...term].filter((axis) => order.includes(axis))
    return tf.transpose(
      tf.sum(x, lone),
      order.map((axis) => left.indexOf(axis)),
    )
  }
  const { batch, summed, left, right } = axes
  const product = tf.matMul(
    tf.reshape(ordered(a, first, [...batch, ...left, ...summed]), [
      size(batch),
      size(left),
      size(summed),
    ]),
    tf.reshape(ordered(b, second, [...batch, ...summed, ...right]), [
      size(batch),
      size(summed),
      size(right),
    ]),
  )
  const order = [...batch, ...left, ...right]
  const whole = tf.reshape(
    product,
    order.map((axis) => sizes.get(axis)!),
  )
  return tf.transpose(
    whole,
    [...result].map((axis) => order.indexOf(axis)),
  )
}

function termsOf(equation: string): readonly string[] {
  return equation.replaceAll(/\s/g, '').split('->')
}

function axesOf(first: string, second: string, result: string): Axes {
  const both = [...first].filter((axis) => second.includes(axis))
  const lone = (term: string, other: string) =>
    [...term].filter((axis) => !other.includes(axis) && result.includes(axis))
  return {
    batch: both.filter((axis) => result.includes(axis)),
    summed: both.filter((axis) => !result.includes(axis)),
    left: lone(first, second),
    right: lone(second, first),
  }
}
