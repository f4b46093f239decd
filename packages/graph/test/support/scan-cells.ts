import * as tf from '@tensorflow/tfjs'
import { scan } from '../../src/capture/scan.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'

export type Named = Record<string, tf.Tensor>
export type Cell = (h: tf.Tensor, x: tf.Tensor, of: Named) => tf.Tensor

export const UNITS = 128
export const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)

export type Shapes = Readonly<Record<string, readonly number[]>>

export const WEIGHTS = { w: [5, 2 * UNITS], u: [UNITS, 2 * UNITS], b: [2 * UNITS] }

/** Half of the gates let through what the other half says. */
export const gated = (gates: tf.Tensor) => {
  const [gate, candidate] = tf.split(gates, 2, 1) as [tf.Tensor, tf.Tensor]
  return tf.mul(tf.sigmoid(gate), tf.tanh(candidate))
}

/** Inputs of a cell of weights of these shapes. */
export function inputsFor(weights: Shapes): KernelExample['inputs'] {
  const entries = Object.entries(weights).map(([name, shape]) => [
    name,
    { shape, range: [-0.2, 0.2] },
  ])
  return { xs: { shape: [3, 16, 5] }, ...Object.fromEntries(entries), h: { shape: [16, UNITS] } }
}

/** All states, the last one, and the derivatives by everything. */
export function program(cell: Cell) {
  return ({ xs, h, ...weights }: Named): Named => {
    const names = Object.keys(weights)
    const network = (...[sequence, start, ...values]: tf.Tensor[]) => {
      const of = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
      return scan(
        ([state], [x]) => {
          const next = cell(state!, x!, of)
          return { states: [next], rows: [next] }
        },
        [start!],
        [sequence!],
      )
    }
    const loss = (...all: tf.Tensor[]) => {
      const { states, rows } = network(...all)
      return tf.add(tf.sum(tf.square(states[0]!)), tf.mean(rows[0]!)) as tf.Scalar
    }
    const all = [xs!, h!, ...Object.values(weights)]
    const { states, rows } = network(...all)
    const by = tf.grads(loss as never)(all as never) as tf.Tensor[]
    return { last: states[0]!, rows: rows[0]!, ...Object.fromEntries(by.entries()) }
  }
}
