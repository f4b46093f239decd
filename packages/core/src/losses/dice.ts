import { ShapeError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { crossEntropyOptions, logProbabilitiesOf } from './cross-entropy.ts'
import type { Loss, Outcome } from './loss.ts'
import { indicesOf, meanOfRows, targetsOf } from './targets.ts'

/** Options of {@link dice}. */
export interface DiceOptions {
  /** Added above and below the fraction, so that what is in neither counts as met; 1 by default. */
  readonly smooth?: number | undefined
  /** Share of the cross-entropy in the loss, 0 to 1; 0 by default. One half is usual where classes are rare. */
  readonly crossEntropy?: number | undefined
  /** Whether the model's output is logits; left out, it follows from the model. */
  readonly fromLogits?: boolean | undefined
}

/**
 * Dice loss (Milletari et al. 2016): 1 less twice what label and output have in common, as a part of both together; for each class over all pixels of a sample,
 * and the mean over the classes. Labels are class indices `[batch, ...]` or shares of the shape of the output, `[batch, ..., classes]`.
 */
export function dice(options: DiceOptions = {}): Loss {
  checkOptions(dicePlugin, options)
  const { smooth = 1, crossEntropy = 0, fromLogits } = options
  return {
    name: 'dice',
    labels: 'indices',
    whole: true,
    fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { predictions } = outcome
      const [batch, classes] = [predictions.shape[0]!, predictions.shape.at(-1)!]
      const flat = (x: tf.Tensor) => tf.reshape(x, [batch, -1, classes])
      const places = countedIn(outcome)
      const counts = places && tf.reshape(places, [batch, -1, 1])
      const counted = (x: tf.Tensor) => (counts === undefined ? x : tf.mul(x, counts))
      const target = counted(flat(sharesIn(outcome)))
      const logShares = flat(logProbabilitiesOf(outcome, fromLogits))
      const shares = counted(tf.exp(logShares))
      const both = tf.sum(tf.mul(target, shares), 1)
      const all = tf.add(tf.sum(target, 1), tf.sum(shares, 1))
      const part = tf.div(tf.add(tf.mul(both, 2), smooth), tf.add(all, smooth))
      const apart = tf.sub(1, tf.mean(part, 1))
      if (crossEntropy === 0) return apart
      const perPixel = tf.neg(tf.sum(tf.mul(target, logShares), -1))
      const entropy =
        counts === undefined
          ? meanOfRows(perPixel)
          : tf.div(tf.sum(perPixel, 1), tf.add(tf.sum(counts, [1, 2]), 1e-7))
      return tf.add(tf.mul(apart, 1 - crossEntropy), tf.mul(entropy, crossEntropy))
    },
  }
}

/** Which pixels count, float32 `[batch, ...]`; undefined where all do. */
function countedIn({ labels, predictions, reading, places }: Outcome): tf.Tensor | undefined {
  const mask = places && tf.cast(places, 'float32')
  const ignoreIndex = reading?.ignoreIndex
  if (ignoreIndex === undefined || String(labels.shape) === String(predictions.shape)) return mask
  const own = tf.reshape(tf.cast(labels, 'int32'), predictions.shape.slice(0, -1))
  const counted = tf.cast(tf.notEqual(own, ignoreIndex), 'float32')
  return mask === undefined ? counted : tf.mul(mask, counted)
}

function sharesIn(outcome: Outcome): tf.Tensor {
  const { labels, predictions } = outcome
  if (String(labels.shape) === String(predictions.shape)) return targetsOf(outcome, 'dice')
  const indices = indicesOf(outcome)
  // What does not count may be no class: such rows are zeros, whatever they hold.
  if (indices !== undefined) return tf.oneHot(indices, predictions.shape.at(-1)!, 1, 0, 'float32')
  throw new ShapeError({
    where: 'dice',
    expected: 'labels must be class indices, one for each pixel of the output, or shares',
    given: { labels: labels.shape, output: predictions.shape },
  })
}

/** `dice` as a plugin. */
export const dicePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'dice',
  description: 'What label and output of a segmentation do not have in common.',
  options: z.strictObject({
    smooth: z.number().positive().default(1).describe('Added above and below the fraction.'),
    crossEntropy: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Share of the cross-entropy in the loss.'),
    fromLogits: crossEntropyOptions.shape.fromLogits,
  }),
  create: (given) => dice(given),
})
