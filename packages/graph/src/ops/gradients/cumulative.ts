import * as tf from '@tensorflow/tfjs'
import { axes, type KernelGradient } from './gradient.ts'
import { turned, turnedBack } from './picking.ts'

interface CumulativeAttrs {
  readonly axis: number
  readonly exclusive?: boolean
  readonly reverse?: boolean
}

/** Cumsum: the running sum from the other end. */
export const cumsumGradient: KernelGradient<CumulativeAttrs> = {
  inputs: ['x'],
  by: ({ dy, attrs: { axis, exclusive, reverse } }) => ({
    x: () => tf.cumsum(dy, axis, exclusive ?? false, !reverse),
  }),
}

/**
 * Cumprod: a sum over all products that an element is part of, each without it. Nothing is divided, so zeros do no harm; it takes a table of size times
 * size for each row.
 */
export const cumprodGradient: KernelGradient<CumulativeAttrs> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs: { axis: given, exclusive, reverse } }) => ({
    x() {
      const { rank, shape } = inputs.x!
      const axis = given < 0 ? given + rank : given
      const order = [...axes(0, axis), ...axes(axis + 1, rank), axis]
      const size = shape[axis]!
      const rowsOf = (tensor: tf.Tensor) => {
        const rows = tf.reshape(turned(tensor, order), [-1, size])
        return reverse ? tf.reverse(rows, 1) : rows
      }
      const [x, dys] = [rowsOf(inputs.x!), rowsOf(dy)]
      // table[row, i, k]: element k, and 1 in the place of element i.
      const column = tf.reshape(tf.range(0, size), [size, 1])
      const row = tf.reshape(tf.range(0, size), [1, size])
      const eye = tf.expandDims(tf.cast(tf.equal(row, column), 'float32'), 0)
      const table = tf.add(tf.mul(tf.expandDims(x, 1), tf.sub(1, eye)), eye)
      const products = tf.cumprod(table, 2, exclusive ?? false)
      // Products that end before i know nothing of it.
      const isPart = exclusive ? tf.greater(row, column) : tf.greaterEqual(row, column)
      const mask = tf.expandDims(tf.cast(isPart, 'float32'), 0)
      const summed = tf.sum(tf.mul(tf.mul(products, mask), tf.expandDims(dys, 1)), 2)
      return turnedBack(reverse ? tf.reverse(summed, 1) : summed, order, shape)
    },
  }),
}
