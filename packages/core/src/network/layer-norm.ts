import * as tf from '@tensorflow/tfjs'
import type { RuleArgs, Tensors } from './rule-args.ts'

/** What tfjs's layer normalization keeps to itself. */
interface Internals {
  /** The numbers of `gamma` and `beta` have these sizes; a list once the layer is built. */
  readonly axis: number | readonly number[]
  readonly epsilon: number
  readonly gamma: { read(): tf.Tensor } | null
  readonly beta: { read(): tf.Tensor } | null
}

/**
 * A layer normalization, with scale and center or without. tfjs's fails without one of them, tiles its statistics and weights to the size of its input, and is
 * differentiated as that many kernels.
 */
export function layerNorm(layer: tf.layers.Layer, { inputs }: RuleArgs): Tensors {
  const { axis, epsilon, gamma, beta } = layer as unknown as Internals
  return tf.tidy(() => {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs
    const axes = [axis].flat().map((each) => (each < 0 ? each + x.rank : each))
    // Weights are shaped as the axes are listed; they lie in the tensor in its own order.
    const sorted = axes.toSorted((a, b) => a - b)
    const shape = x.shape.map((size, at) => (axes.includes(at) ? size : 1))
    const along = (weight: { read(): tf.Tensor }) => {
      const order = sorted.map((each) => axes.indexOf(each))
      const value = weight.read()
      const turned = order.every((each, at) => each === at) ? value : tf.transpose(value, order)
      return tf.reshape(turned, shape)
    }
    let y = normalize(x, sorted, epsilon)
    if (gamma !== null) y = tf.mul(y, along(gamma))
    return beta === null ? y : tf.add(y, along(beta))
  })
}

/**
 * Zero mean and unit variance over axes, with the closed form of the derivative (Ba et al. 2016; Ioffe and Szegedy 2015, section 3).
 *
 * @param axes counted from the front.
 * @param epsilon added to the variance.
 */
export function normalize(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const statistics = (of: tf.Tensor) => {
    const centred = tf.sub(of, tf.mean(of, axes, true))
    const variance = tf.mean(tf.square(centred), axes, true)
    const inverse = tf.rsqrt(tf.add(variance, epsilon))
    return { inverse, normal: tf.mul(centred, inverse) }
  }
  const op = tf.customGrad((given, save) => {
    ;(save as tf.GradSaveFunc)([given as tf.Tensor])
    return {
      value: statistics(given as tf.Tensor).normal,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        // Computed again, so that it can be differentiated again; equal nodes of a graph are merged.
        const { inverse, normal } = statistics(saved[0]!)
        const projected = tf.mul(normal, tf.mean(tf.mul(dy, normal), axes, true))
        return tf.mul(inverse, tf.sub(tf.sub(dy, tf.mean(dy, axes, true)), projected))
      },
    }
  })
  return op(x)
}
