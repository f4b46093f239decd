import { ShapeError } from '@ashlar/errors'
import { isCapturing } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { RuleArgs, Tensors } from './rule-args.ts'

interface Internals {
  readonly numTokens: number
  readonly outputMode: 'multiHot' | 'oneHot' | 'count'
}

/** Encodes categories. tfjs's looks at the numbers first, which a captured program cannot; there a number out of range belongs to no category. */
export function encodeCategories(layer: tf.layers.Layer, args: RuleArgs): Tensors {
  const { inputs, kwargs, call } = args
  if (!isCapturing()) return call()
  const { numTokens, outputMode } = layer as unknown as Internals
  const { countWeights } = kwargs as { countWeights?: tf.Tensor | tf.Tensor[] }
  return tf.tidy(() => {
    const given = Array.isArray(inputs) ? inputs[0]! : inputs
    const isSingle = given.rank > 0 && given.shape.at(-1) === 1
    const x = outputMode === 'oneHot' && isSingle ? tf.squeeze(given, [-1]) : given
    if (x.rank > (outputMode === 'oneHot' ? 1 : 2)) {
      throw new ShapeError({
        where: layer.name,
        expected: `outputMode ${outputMode} must give no more than a vector for each sample`,
        given: given.shape,
      })
    }
    const hot = tf.oneHot(tf.cast(x, 'int32'), numTokens, 1, 0, 'float32')
    if (outputMode === 'oneHot' || x.rank === 0) return hot
    if (outputMode === 'multiHot') return tf.max(hot, -2)
    const weights = [countWeights].flat()[0]
    return tf.sum(weights === undefined ? hot : tf.mul(hot, tf.expandDims(weights, -1)), -2)
  })
}
