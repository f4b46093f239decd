import * as tf from '@tensorflow/tfjs'
import type { RuleArgs, Tensors } from './rule-args.ts'

/**
 * A ReLU with an upper bound, as one kernel whose derivative is read off its output: 1 strictly between zero and the bound, 0 elsewhere, as in Keras. tfjs's is a ReLU and a clip
 * behind it, which is 1 at the bound itself.
 */
export function boundedRelu(layer: tf.layers.Layer, { inputs, call }: RuleArgs): Tensors {
  const { maxValue } = layer as unknown as { maxValue?: number | null }
  if (maxValue == null) return call()
  const op = tf.customGrad((x, save) => {
    const value = tf.clipByValue(x as tf.Tensor, 0, maxValue)
    ;(save as tf.GradSaveFunc)([value])
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y] = saved as [tf.Tensor]
        const isWithin = tf.logicalAnd(tf.greater(y, 0), tf.less(y, maxValue))
        return tf.mul(dy, tf.cast(isWithin, 'float32'))
      },
    }
  })
  return tf.tidy(() => op(Array.isArray(inputs) ? inputs[0]! : inputs))
}
