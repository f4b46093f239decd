import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { Outcome } from '../losses/loss.ts'

/**
 * The outcome of a batch of sequences as one of single steps, for losses and metrics that know of samples.
 *
 * @param mask [batch, steps] of the predictions, or more axes.
 * @throws ShapeError when there is not a label for each step.
 */
export function stepsOf(
  { labels, predictions, logits, reading }: Outcome,
  mask: tf.Tensor,
): Outcome {
  const leading = mask.shape.join()
  if (labels.shape.slice(0, mask.rank).join() !== leading) {
    throw new ShapeError({
      where: 'loss',
      expected: `an output with a mask [${mask.shape.join(', ')}] must have labels for each of its steps`,
      given: labels.shape,
    })
  }
  const flat = (tensor: tf.Tensor) =>
    tf.reshape(tensor, [mask.size, ...tensor.shape.slice(mask.rank)])
  const counts = tf.reshape(tf.cast(mask, 'float32'), [mask.size])
  const own = flat(labels)
  // What is no class would be no one-hot row, or the row of another.
  const isOpen = reading?.ignoreIndex !== undefined && own.rank === 1
  return {
    labels: isOpen ? tf.mul(own, tf.cast(counts, own.dtype as 'int32')) : own,
    predictions: flat(predictions),
    logits: logits && flat(logits),
    reading,
    mask: counts,
  }
}

/**
 * The loss of each sample from that of each step, such that their mean is the mean over all steps of the batch that count, as in Keras.
 *
 * @param perStep [batch * steps].
 */
export function lossOfSamples(perStep: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const batch = mask.shape[0]!
  const counts = tf.reshape(tf.cast(mask, 'float32'), [batch, -1])
  const sums = tf.sum(tf.mul(tf.reshape(perStep, counts.shape), counts), 1)
  return tf.div(tf.mul(sums, batch), tf.add(tf.sum(counts), 1e-7))
}
