import * as tf from '@tensorflow/tfjs'

type Arguments = NonNullable<Parameters<typeof tf.layers.elu>[0]>

/** tfjs gives out its classes under their names alone. */
const Plain = tf.serialization.SerializationMap.getMap().classNameMap.ELU![0] as unknown as new (
  args: Arguments,
) => tf.layers.Layer

/** tfjs's exponential linear unit, which is refused there with another `alpha` than 1. */
class ELU extends Plain {
  static readonly className: string = 'ELU'
  readonly alpha: number

  constructor({ alpha, ...args }: Arguments = {}) {
    super(args)
    this.alpha = alpha ?? 1
    this.supportsMasking = true
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0]!
    if (this.alpha === 1) return tf.elu(x)
    return tf.tidy(() => tf.add(tf.relu(x), tf.mul(tf.elu(tf.minimum(x, 0)), this.alpha)))
  }
}

// Under tfjs's own name: it can all that tfjs's can, so that files know it.
tf.serialization.registerClass(ELU as never)

/** An exponential linear unit: x above zero, `alpha` (e^x - 1) elsewhere; alpha 1 unless told otherwise. */
export function makeElu(args?: Arguments): ReturnType<typeof tf.layers.elu> {
  return new ELU(args) as unknown as ReturnType<typeof tf.layers.elu>
}
