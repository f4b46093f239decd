import * as tf from '@tensorflow/tfjs'

/** What tfjs keeps to itself of its activation. */
interface Gelu {
  apply(x: tf.Tensor): tf.Tensor
}

function activationOf(name: 'gelu' | 'gelu_new'): Gelu {
  const [made] = tf.serialization.SerializationMap.getMap().classNameMap[name]!
  return (made as unknown as { readonly prototype: Gelu }).prototype
}

/** Of exp, so that it gives the normal distribution's density times the square root of two. */
const DENSITY = -0.5 * Math.log(Math.PI)

/**
 * x Φ(x) as tfjs has it (Hendrycks and Gimpel 2016), kernel by kernel, which onnxruntime knows as one op; with the closed form of its derivative, Φ(x) + x φ(x), in two thirds of the
 * passes over memory that the derivatives of its kernels take.
 *
 * @param given of any shape.
 */
export function gelu(given: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((x, save) => {
    ;(save as tf.GradSaveFunc)([x as tf.Tensor])
    return {
      value: tf.mul(x as tf.Tensor, distribution(x as tf.Tensor).cumulative),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        // Computed again, so that it can be differentiated again; equal nodes of a graph are merged.
        const { scaled, cumulative } = distribution(saved[0]!)
        const density = tf.exp(tf.sub(DENSITY, tf.mul(scaled, scaled)))
        return tf.mul(dy, tf.add(cumulative, tf.mul(scaled, density)))
      },
    }
  })
  return tf.tidy(() => op(given))
}

activationOf('gelu').apply = gelu

/** The normal distribution up to x, and x in the units of erf. */
function distribution(x: tf.Tensor): {
  readonly scaled: tf.Tensor
  readonly cumulative: tf.Tensor
} {
  const scaled = tf.div(x, Math.SQRT2)
  return { scaled, cumulative: tf.mul(0.5, tf.add(1, tf.erf(scaled))) }
}

const ROOT = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715

/** Beyond it the slope of tanh is 0, and a product with it must not be one of infinity. */
const FAR = 1e6

/**
 * x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, which GPT-2 and others have in the place of x Φ(x) (Hendrycks and Gimpel 2016), with the closed form of its derivative.
 *
 * @param given of any shape.
 */
export function geluTanh(given: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((x, save) => {
    ;(save as tf.GradSaveFunc)([x as tf.Tensor])
    return {
      value: tf.mul(tf.mul(0.5, x as tf.Tensor), tf.add(1, tanhOf(x as tf.Tensor).tanh)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const x = saved[0]!
        const { square, tanh } = tanhOf(x)
        // Half of the derivative of what stands in the tanh.
        const inner = tf.add(tf.mul(tf.minimum(square, FAR), 1.5 * ROOT * CUBIC), 0.5 * ROOT)
        const slope = tf.mul(tf.sub(1, tf.mul(tanh, tanh)), inner)
        const share = tf.mul(0.5, tf.add(1, tanh))
        return tf.mul(dy, tf.add(share, tf.mul(x, slope)))
      },
    }
  })
  return tf.tidy(() => op(given))
}

activationOf('gelu_new').apply = geluTanh

function tanhOf(x: tf.Tensor): { readonly square: tf.Tensor; readonly tanh: tf.Tensor } {
  const square = tf.mul(x, x)
  const inner = tf.mul(ROOT, tf.add(x, tf.mul(CUBIC, tf.mul(x, square))))
  return { square, tanh: tf.tanh(inner) }
}
