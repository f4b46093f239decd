import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Outcome } from '../losses/loss.ts'
import { classIndices, meanOfSample, targetsOf } from '../losses/targets.ts'
import { type Metric, meanMetric } from './metric.ts'
import { isYesOrNo } from './yes-or-no.ts'

/**
 * The part of answers that are right, as Keras's `accuracy` chooses what that means.
 *
 * - One output, or a loss of yes-or-no outputs (`binary-crossentropy`): each output is held against a threshold, 0 where the loss takes logits and 0.5
 *   else, as in {@link binaryAccuracy}.
 * - Several outputs of any other loss: the largest one must be that of the class, as in {@link categoricalAccuracy}.
 *
 * So several outputs that answer yes or no each are counted one by one (as Keras 2 and tfjs do; Keras 3 goes by the largest alone there).
 */
export function accuracy(): Metric {
  return answersMetric('accuracy', (outcome) => {
    return isYesOrNo(outcome)
      ? answeredRight(outcome, 'accuracy', undefined)
      : classedRight(outcome, 'accuracy')
  })
}

/** Options of {@link binaryAccuracy}. */
export interface BinaryAccuracyOptions {
  /** What an output must be above to say yes; by default 0 where the loss takes logits, 0.5 else. */
  readonly threshold?: number | undefined
}

/** The part of yes-or-no outputs that say what the label says, which is 0 or 1 (Keras's BinaryAccuracy). */
export function binaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  checkOptions(binaryAccuracyPlugin, options)
  const name = 'binary-accuracy'
  return answersMetric(name, (outcome) => answeredRight(outcome, name, options.threshold))
}

/**
 * The part of rows whose largest output is that of their class: labels are class indices, `[batch]` or `[batch, 1]`, or one-hot rows
 * (Keras's CategoricalAccuracy and SparseCategoricalAccuracy).
 */
export function categoricalAccuracy(): Metric {
  const name = 'categorical-accuracy'
  return answersMetric(name, (outcome) => classedRight(outcome, name))
}

function answersMetric(name: string, perSample: (outcome: Outcome) => tf.Tensor): Metric {
  return { ...meanMetric(name, perSample), counts: 'answers' }
}

function answeredRight(outcome: Outcome, where: string, threshold: number | undefined): tf.Tensor {
  const above = threshold ?? (outcome.reading?.fromLogits ? 0 : 0.5)
  const answers = tf.cast(tf.greater(outcome.predictions, above), 'float32')
  return meanOfSample(tf.cast(tf.equal(answers, targetsOf(outcome, where)), 'float32'))
}

function classedRight(outcome: Outcome, where: string): tf.Tensor {
  return tf.equal(classIndices(outcome, where), tf.argMax(outcome.predictions, -1))
}

/**
 * The part of samples whose class is among the `k` largest outputs. A class that ties with the k-th counts as among them.
 *
 * @param options `k`, 5 by default.
 */
export function topK(options: { readonly k?: number | undefined } = {}): Metric {
  checkOptions(topKPlugin, options)
  const { k = 5 } = options
  return answersMetric(`top-${k}`, (outcome) => {
    const { predictions } = outcome
    const classes = classIndices(outcome, `top-${k}`)
    const oneHot = tf.oneHot(classes, predictions.shape.at(-1)!, 1, 0, 'float32')
    const own = tf.sum(tf.mul(oneHot, predictions), -1, true)
    // How many outputs are larger, without sorting: top-k is a kernel that few engines differentiate or vectorize.
    const larger = tf.sum(tf.cast(tf.greater(predictions, own), 'float32'), -1)
    return tf.less(larger, k)
  })
}

/** `accuracy` as a plugin. */
export const accuracyPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'accuracy',
  aliases: ['acc'],
  description: 'Part of answers that are right: the largest output, or each yes or no.',
  options: z.strictObject({}),
  create: () => accuracy(),
})

/** `binary-accuracy` as a plugin. */
export const binaryAccuracyPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'binary-accuracy',
  description: 'Part of yes-or-no outputs that are right.',
  options: z.strictObject({
    threshold: z
      .number()
      .optional()
      .describe('What says yes; by default above 0 for logits, above 0.5 else.'),
  }),
  create: (given) => binaryAccuracy(given),
})

/** `categorical-accuracy` as a plugin. */
export const categoricalAccuracyPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'categorical-accuracy',
  aliases: ['sparse-categorical-accuracy'],
  description: 'Part of samples whose largest output is that of their class.',
  options: z.strictObject({}),
  create: () => categoricalAccuracy(),
})

/** `top-k` as a plugin. */
export const topKPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'top-k',
  aliases: ['top-k-categorical-accuracy', 'sparse-top-k-categorical-accuracy'],
  description: 'Part of samples whose class is among the k largest outputs.',
  options: z.strictObject({
    k: z.int().positive().default(5).describe('How many outputs count.'),
  }),
  create: (given) => topK(given),
})
