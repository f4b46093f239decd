import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { logProbabilitiesOf } from '../losses/cross-entropy.ts'
import type { Outcome } from '../losses/loss.ts'
import { classIndices, targetsOf } from '../losses/targets.ts'
import { isYesOrNo } from './answers.ts'
import type { Metric } from './metric.ts'

/** Options of {@link calibrationError}. */
export interface CalibrationErrorOptions {
  /** Bins of confidence, all of one width; 15 by default. */
  readonly bins?: number | undefined
}

/**
 * Expected calibration error (Guo et al. 2017): how far confidence is from accuracy within bins of confidence, in the mean over all answers. The confidence is the probability of
 * the answer given: of the likeliest class, or of yes or no.
 */
export function calibrationError(options: CalibrationErrorOptions = {}): Metric {
  checkOptions(calibrationErrorPlugin, options)
  const { bins = 15 } = options
  const name = 'calibration-error'
  return {
    name,
    better: 'lower',
    counts: 'answers',
    accumulators: { count: [bins], confidence: [bins], right: [bins] },
    add(outcome) {
      const { confidence, right } = isYesOrNo(outcome)
        ? ofAnswers(outcome, name)
        : ofClasses(outcome, name)
      const { size } = confidence
      const { mask } = outcome
      const counts =
        mask === undefined || size % mask.size !== 0
          ? tf.ones([size])
          : tf.reshape(tf.tile(tf.reshape(mask, [-1, 1]), [1, size / mask.size]), [size])
      const place = tf.sub(tf.ceil(tf.mul(confidence, bins)), 1)
      const bin = tf.minimum(tf.maximum(place, 0), bins - 1)
      const rows = tf.oneHot(tf.cast(bin, 'int32'), bins, 1, 0, 'float32')
      const sum = (of: tf.Tensor) =>
        tf.sum(tf.mul(rows, tf.reshape(tf.mul(of, counts), [-1, 1])), 0)
      return { count: sum(tf.onesLike(counts)), confidence: sum(confidence), right: sum(right) }
    },
    result({ count, confidence, right }) {
      const all = Array.from(count!).reduce((sum, each) => sum + each, 0)
      const apart = Array.from(count!, (_, bin) => Math.abs(confidence![bin]! - right![bin]!))
      return all === 0 ? 0 : apart.reduce((sum, each) => sum + each, 0) / all
    },
  }
}

interface Judged {
  /** `[answers]`. */
  readonly confidence: tf.Tensor
  readonly right: tf.Tensor
}

function ofClasses(outcome: Outcome, where: string): Judged {
  const { predictions } = outcome
  const shares = tf.exp(logProbabilitiesOf(outcome))
  const right = tf.equal(classIndices(outcome, where), tf.argMax(predictions, -1))
  return {
    confidence: tf.reshape(tf.max(shares, -1), [-1]),
    right: tf.reshape(tf.cast(right, 'float32'), [-1]),
  }
}

function ofAnswers(outcome: Outcome, where: string): Judged {
  const { predictions, reading } = outcome
  const share = reading?.fromLogits ? tf.sigmoid(predictions) : predictions
  const says = tf.cast(tf.greater(share, 0.5), 'float32')
  const right = tf.cast(tf.equal(says, targetsOf(outcome, where)), 'float32')
  return {
    confidence: tf.reshape(tf.maximum(share, tf.sub(1, share)), [-1]),
    right: tf.reshape(right, [-1]),
  }
}

/** `calibration-error` as a plugin. */
export const calibrationErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'calibration-error',
  aliases: ['expected-calibration-error', 'ece'],
  description: 'How far confidence is from accuracy.',
  options: z.strictObject({
    bins: z.int().positive().default(15).describe('Bins of confidence.'),
  }),
  create: (given) => calibrationError(given),
})
