import * as tf from '@tensorflow/tfjs'

/** A custom layer, as a module of a user has it. */
export class HalvedForTests extends tf.layers.Layer {
  static className = 'HalvedForTests'

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.div(Array.isArray(inputs) ? inputs[0]! : inputs, 2)
  }
}
