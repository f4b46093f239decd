import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { sizeOf } from '../data/batches.ts'
import { targetsOf } from '../losses/targets.ts'
import type { Metric } from './metric.ts'
import { countsOf } from './yes-or-no.ts'

/**
 * The part of the targets' variance that is explained, in the mean over targets (scikit-learn's r2_score): 1 is best, 0 is what their mean would give.
 *
 * Sums are gathered in float32, so that of targets whose mean is a thousand times their deviation only some digits are left: standardize these.
 */
export function r2Score(): Metric {
  const name = 'r2'
  return {
    name,
    counts: 'distances',
    accumulators: (outputShape) => {
      const shape = [sizeOf(outputShape)]
      return { count: [], sum: shape, squares: shape, residual: shape }
    },
    add(outcome) {
      const { predictions, mask } = outcome
      const rows = predictions.shape[0]!
      const target = tf.reshape(targetsOf(outcome, name), [rows, -1])
      const given = tf.reshape(predictions, [rows, -1])
      const counts = countsOf(mask, rows)
      const total = (of: tf.Tensor) => tf.sum(tf.mul(of, counts), 0)
      return {
        count: tf.sum(counts),
        sum: total(target),
        squares: total(tf.square(target)),
        residual: total(tf.square(tf.sub(target, given))),
      }
    },
    result({ count, sum, squares, residual }) {
      const explained = Array.from(sum!, (all, at) => {
        const spread = squares![at]! - (all * all) / count![0]!
        // Targets that do not vary can only be met or missed, as in scikit-learn.
        if (spread <= 0) return residual![at]! === 0 ? 1 : 0
        return 1 - residual![at]! / spread
      })
      return explained.reduce((all, each) => all + each, 0) / explained.length
    },
  }
}

/** `r2` as a plugin. */
export const r2ScorePlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'r2',
  aliases: ['r2-score'],
  description: "Part of the targets' variance that is explained.",
  options: z.strictObject({}),
  create: () => r2Score(),
})
