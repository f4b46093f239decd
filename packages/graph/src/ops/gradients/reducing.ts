import * as tf from '@tensorflow/tfjs'
import { type ReductionAttrs, reducedAxes } from '../reduced-axes.ts'
import { axes, type KernelGradient, sizeOfShape, unbroadcast } from './gradient.ts'
import { turned, turnedBack } from './picking.ts'

/** Sum: the derivative for each element that was added. tfjs makes a table of ones in JavaScript for it, as large as its input. */
export const sumGradient: KernelGradient<ReductionAttrs> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs }) => ({ x: () => spread(dy, inputs.x!, attrs) }),
}

/** Mean: that of the sum, by so many elements. */
export const meanGradient: KernelGradient<ReductionAttrs> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs }) => ({
    x() {
      const count = inputs.x!.size / dy.size
      return spread(tf.div(dy, count), inputs.x!, attrs)
    },
  }),
}

/** What was reduced, repeated over the reduced axes. */
function spread(reduced: tf.Tensor, { shape, rank }: tf.Tensor, attrs: ReductionAttrs): tf.Tensor {
  const axes = reducedAxes(attrs, rank)
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return tf.mul(tf.reshape(reduced, kept), tf.fill(shape, 1))
}

/** Prod: all elements but one, as the products before and behind it. */
export const prodGradient: KernelGradient<ReductionAttrs> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs }) => ({
    x() {
      const { rank, shape } = inputs.x!
      const reduced = [...new Set(reducedAxes(attrs, rank))]
      const kept = axes(0, rank).filter((axis) => !reduced.includes(axis))
      const order = [...kept, ...reduced]
      const size = sizeOfShape(reduced.map((axis) => shape[axis]!))
      const rows = tf.reshape(turned(inputs.x!, order), [-1, size])
      const others = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true))
      const grad = tf.mul(others, tf.reshape(dy, [-1, 1]))
      return turnedBack(grad, order, shape)
    },
  }),
}

/** SquaredDifference of tensors that broadcast. */
export const squaredDifferenceGradient: KernelGradient<never> = {
  inputs: ['a', 'b'],
  wrongInTfjs: 'It does not add up over the axes that were stretched, and ends in an error.',
  by: ({ dy, inputs }) => {
    const { a, b } = inputs as { a: tf.Tensor; b: tf.Tensor }
    const grad = () => tf.mul(tf.mul(tf.sub(a, b), 2), dy)
    return {
      a: () => unbroadcast(grad(), a.shape),
      b: () => unbroadcast(tf.neg(grad()), b.shape),
    }
  },
}

/** Einsum: by each tensor the sum of all others with the derivative; axes that nothing else has are stretched. */
export const einsumGradient: KernelGradient<{ equation: string }> = {
  inputs: 'list',
  by({ dy, inputs, attrs }) {
    const [left = '', result = ''] = attrs.equation.replaceAll(' ', '').split('->')
    const terms = left.split(',')
    return Object.fromEntries(
      terms.map((term, index) => [
        String(index),
        () => {
          const others = terms.filter((_, at) => at !== index)
          const tensors = others.map((_, at) => inputs[String(at < index ? at : at + 1)]!)
          const present = new Set([result, ...others].join(''))
          const found = [...term].filter((letter) => present.has(letter)).join('')
          const grad =
            result === ''
              ? tf.mul(others.length === 0 ? 1 : tf.einsum(`${others}->${found}`, ...tensors), dy)
              : tf.einsum(`${[result, ...others]}->${found}`, dy, ...tensors)
          if (found === term) return grad
          const { shape } = inputs[String(index)]!
          const stretched = [...term].map((letter, axis) =>
            present.has(letter) ? shape[axis]! : 1,
          )
          return tf.mul(tf.reshape(grad, stretched), tf.ones(shape))
        },
      ]),
    )
  },
}
