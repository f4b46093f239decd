import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'

/** Gradients by weight name. */
export type Gradients = ReadonlyMap<string, tf.Tensor>

/** How to bound gradients; at most one of the three. */
export interface ClippingOptions {
  /** Largest norm of each weight's gradient. */
  readonly clipNorm?: number | undefined
  /** Largest norm of all gradients taken together (Pascanu et al. 2013). */
  readonly globalClipNorm?: number | undefined
  /** Largest magnitude of each number in a gradient. */
  readonly clipValue?: number | undefined
}

/**
 * A function that bounds gradients, or undefined when nothing is to be bounded. A gradient over its norm is scaled down, and keeps
 * its direction; `clipValue` does not.
 *
 * @throws ConfigError for two ways at once, as in Keras.
 */
export function clipping(
  options: ClippingOptions,
): ((gradients: Gradients) => Gradients) | undefined {
  const { clipNorm, globalClipNorm, clipValue } = options
  const given = Object.entries({ clipNorm, globalClipNorm, clipValue }).filter(
    ([, bound]) => bound !== undefined,
  )
  if (given.length > 1) {
    throw new ConfigError({
      where: 'optimizer',
      expected: 'only one of clipNorm, globalClipNorm and clipValue may be set',
      given: Object.fromEntries(given),
    })
  }
  if (clipValue !== undefined) return each((gradient) => bounded(gradient, clipValue))
  if (clipNorm !== undefined) {
    return each((gradient) => tf.mul(gradient, scaleTo(clipNorm, tf.sum(tf.square(gradient)))))
  }
  if (globalClipNorm === undefined) return undefined
  return (gradients) => {
    const [first, ...rest] = [...gradients.values()].map((each) => tf.sum(tf.square(each)))
    if (first === undefined) return gradients
    const square = rest.reduce<tf.Tensor>((sum, part) => tf.add(sum, part), first)
    const scale = scaleTo(globalClipNorm, square)
    return each((gradient) => tf.mul(gradient, scale))(gradients)
  }
}

function each(change: (gradient: tf.Tensor) => tf.Tensor): (gradients: Gradients) => Gradients {
  return (gradients) =>
    new Map([...gradients].map(([name, gradient]) => [name, change(gradient)] as const))
}

function bounded(gradient: tf.Tensor, bound: number): tf.Tensor {
  return tf.maximum(tf.minimum(gradient, bound), -bound)
}

/** 1 for what is within the norm. */
function scaleTo(norm: number, square: tf.Tensor): tf.Tensor {
  return tf.div(norm, tf.maximum(tf.sqrt(square), norm))
}
