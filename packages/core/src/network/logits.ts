import * as tf from '@tensorflow/tfjs'

/** The input of the softmax that made a tensor, where one did. */
export type LogitsOf = (probabilities: tf.Tensor) => tf.Tensor | undefined

type Softmax = (x: tf.Tensor, axis?: number) => tf.Tensor

let memory: Map<tf.Tensor, tf.Tensor> | undefined

/**
 * Runs `fn` with a way to ask which logits a softmax turned into probabilities.
 *
 * The cross-entropy of a softmax is exact when it is computed from the logits and loses precision, and its gradient, when it
 * is computed from probabilities near zero. Keras recognises a final softmax for the same reason. The logits live until `fn`
 * returns.
 */
export function withLogits<T>(fn: (logitsOf: LogitsOf) => T): T {
  const outer = memory
  const own = new Map<tf.Tensor, tf.Tensor>()
  memory = own
  try {
    return fn((probabilities) => own.get(probabilities))
  } finally {
    memory = outer
    for (const logits of own.values()) logits.dispose()
  }
}

/** Lets a layer that ends in a softmax over the last axis tell its logits. */
export function rememberLogits(layer: tf.layers.Layer): void {
  const { activation, softmax } = layer as {
    activation?: { apply: Softmax; getClassName?(): string }
    softmax?: Softmax
  }
  if (activation?.getClassName?.() === 'softmax') activation.apply = remembering(activation.apply)
  // The layer of that name keeps the function itself.
  if (typeof softmax === 'function') Object.assign(layer, { softmax: remembering(softmax) })
}

function remembering(softmax: Softmax): Softmax {
  return (x, axis = -1) => {
    const output = softmax(x, axis)
    if (memory !== undefined && (axis === -1 || axis === x.rank - 1)) {
      // A copy that no tidy frees: the layer's own logits end with its call.
      memory.set(output, tf.keep(x.clone()))
    }
    return output
  }
}
