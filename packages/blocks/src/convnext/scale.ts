import * as tf from '@tensorflow/tfjs'

/** Multiplies each channel by a number that is learnt: ConvNeXt's layer scale. */
export class Scale extends tf.layers.Layer {
  static readonly className: string = 'Scale'
  readonly #initial: number
  #gamma!: tf.LayerVariable

  constructor(initial: number) {
    super({})
    this.#initial = initial
  }

  override build(inputShape: tf.Shape): void {
    const initializer = tf.initializers.constant({ value: this.#initial })
    this.#gamma = this.addWeight('gamma', [inputShape.at(-1)!], 'float32', initializer)
    this.built = true
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, this.#gamma.read())
  }
}
