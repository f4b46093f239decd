import * as tf from '@tensorflow/tfjs'

/** Activations of Keras 3 that tfjs has not, or has otherwise under this name, by Keras's names. Source: keras/src/activations. */
const FUNCTIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  // tfjs's is that of Keras 2: clip(0.2 x + 0.5, 0, 1).
  hard_sigmoid: hardSigmoid,
  hard_silu: (x) => tf.mul(x, hardSigmoid(x)),
  hard_swish: (x) => tf.mul(x, hardSigmoid(x)),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  swish: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  leaky_relu: (x) => tf.leakyRelu(x, 0.2),
  relu6: (x) => tf.clipByValue(x, 0, 6),
  exponential: (x) => tf.exp(x),
  log_sigmoid: (x) => tf.neg(tf.softplus(tf.neg(x))),
  celu: (x) => tf.elu(x),
  hard_tanh: (x) => tf.clipByValue(x, -1, 1),
  tanh_shrink: (x) => tf.sub(x, tf.tanh(x)),
  squareplus: (x) => tf.div(tf.add(x, tf.sqrt(tf.add(tf.square(x), 4))), 2),
}

function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)
}

/** The name under which tfjs finds an activation of Keras 3: Keras's own, but where tfjs means something else by it. */
export function activationName(name: string): string {
  return Object.hasOwn(FUNCTIONS, name) ? classNameOf(name) : name
}

/** A name that tfjs's change of names to camel case leaves alone. */
function classNameOf(name: string): string {
  return `keras3${name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}`
}

/** As tfjs's own activations, whose class it does not give out. */
function activationClass(
  name: string,
  apply: (x: tf.Tensor) => tf.Tensor,
): { readonly className: string } {
  return class extends tf.serialization.Serializable {
    static readonly className: string = classNameOf(name)
    apply(x: tf.Tensor): tf.Tensor {
      return tf.tidy(() => apply(x))
    }
    getConfig(): tf.serialization.ConfigDict {
      return {}
    }
  }
}

/** The classes of all of them. */
export const activationClasses: readonly { readonly className: string }[] = Object.entries(
  FUNCTIONS,
).map(([name, apply]) => activationClass(name, apply))
