import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { Outcome } from './loss.ts'

/**
 * Labels as float32 of the shape of the output; labels `[batch]` also fit an output `[batch, 1]`.
 *
 * @param where the loss or metric that asks, for errors.
 * @throws ShapeError when there are more or fewer labels than outputs.
 */
export function targetsOf({ labels, predictions }: Outcome, where: string): tf.Tensor {
  if (labels.size !== predictions.size) {
    throw new ShapeError({
      where,
      expected: 'labels must have the shape of the output',
      given: { labels: labels.shape, output: predictions.shape },
    })
  }
  return tf.reshape(tf.cast(labels, 'float32'), predictions.shape)
}

/** The mean of the numbers of each sample, `[batch]`. */
export function meanOfSample(values: tf.Tensor): tf.Tensor1D {
  return tf.mean(tf.reshape(values, [values.shape[0]!, -1]), 1)
}

/**
 * int32 class indices `[batch]`, of labels that are indices or one-hot rows.
 *
 * @param where who asks, for errors.
 */
export function classIndices({ labels, predictions }: Outcome, where: string): tf.Tensor1D {
  if (labels.rank === predictions.rank - 1) return tf.cast(labels, 'int32') as tf.Tensor1D
  if (labels.rank === predictions.rank) return tf.argMax(labels, -1)
  throw new ShapeError({
    where,
    expected: 'labels must be class indices [batch] or one-hot rows [batch, classes]',
    given: { labels: labels.shape, output: predictions.shape },
  })
}
