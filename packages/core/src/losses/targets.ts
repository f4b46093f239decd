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

/** The mean over the rows of each sample, `[batch]`, of one number for each row: `[batch, ...]`. */
export function meanOfRows(values: tf.Tensor): tf.Tensor {
  return values.rank === 1 ? values : meanOfSample(values)
}

/**
 * Labels that are class indices, int32, one for each row of the output: of its shape without the last axis, or with an axis of 1 in its place. Undefined
 * for any others.
 */
export function indicesOf({ labels, predictions }: Outcome): tf.Tensor | undefined {
  const rows = predictions.shape.slice(0, -1)
  const given = labels.rank === predictions.rank ? withoutLast(labels.shape) : labels.shape
  if (given === undefined || String(given) !== String(rows)) return undefined
  return tf.reshape(tf.cast(labels, 'int32'), rows)
}

function withoutLast(shape: readonly number[]): readonly number[] | undefined {
  return shape.at(-1) === 1 ? shape.slice(0, -1) : undefined
}

/**
 * int32 class indices, one for each row of the output, of labels that are indices or one-hot rows.
 *
 * @param where who asks, for errors.
 */
export function classIndices(outcome: Outcome, where: string): tf.Tensor {
  const { labels, predictions } = outcome
  if (String(labels.shape) === String(predictions.shape)) return tf.argMax(labels, -1)
  const indices = indicesOf(outcome)
  if (indices !== undefined) return indices
  throw new ShapeError({
    where,
    expected:
      'labels must be class indices, one for each row of the output, or one-hot rows of its shape',
    given: { labels: labels.shape, output: predictions.shape },
  })
}
