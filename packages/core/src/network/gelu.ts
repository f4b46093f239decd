import * as tf from '@tensorflow/tfjs'

/** What tfjs keeps to itself of its activation. */
interface Gelu {
  apply(x: tf.Tensor): tf.Tensor
}

const [TfjsGelu] = tf.serialization.SerializationMap.getMap().classNameMap.gelu!
const { prototype } = TfjsGelu as unknown as { readonly prototype: Gelu }

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

prototype.apply = gelu

/** The normal distribution up to x, and x in the units of erf. */
function distribution(x: tf.Tensor): {
  readonly scaled: tf.Tensor
  readonly cumulative: tf.Tensor
} {
  const scaled = tf.div(x, Math.SQRT2)
  return { scaled, cumulative: tf.mul(0.5, tf.add(1, tf.erf(scaled))) }
}
