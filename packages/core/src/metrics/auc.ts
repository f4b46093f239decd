import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Outcome } from '../losses/loss.ts'
import { answersOf, isYesOrNo, widthOf } from './answers.ts'
import type { AccumulatorShapes, Metric } from './metric.ts'

/** Scores are told apart as logits, to 1/128; beyond 16 float32's probabilities are all 1. */
const REACH = 16
/** Bins of a histogram. */
export const BINS = 4096

/**
 * The area under the ROC curve: how likely a sample of a class has a higher score for it than one of another class has, ties half. Of several classes, the
 * mean over those that have samples and are not the only one, each against all others (scikit-learn's roc_auc_score with `multi_class="ovr"`).
 *
 * It is made of histograms of 4,096 bins over the scores as logits, so that it needs no samples kept: scores within 1/128 of one another are ties. Where
 * nothing can be told apart, since all samples are of one class, it is 0.5.
 */
export function auc(): Metric {
  return {
    name: 'auc',
    counts: 'answers',
    accumulators: histogramShapes,
    add: (outcome) => scoreHistograms(outcome, 'auc'),
    result({ positives, negatives }) {
      const areas = Array.from({ length: positives!.length / BINS }, (_, at) =>
        area(positives!, negatives!, at * BINS),
      ).filter((each) => each !== undefined)
      if (areas.length === 0) return 0.5
      return areas.reduce((sum, each) => sum + each, 0) / areas.length
    },
  }
}

/** Shapes of what {@link scoreHistograms} gives. */
export function histogramShapes(outputShape: readonly number[]): AccumulatorShapes {
  const shape = [widthOf(outputShape), BINS]
  return { positives: shape, negatives: shape }
}

/**
 * How many rows of an output have a score in each bin, those that are of its class and the others.
 *
 * @param where the metric that asks, for errors.
 */
export function scoreHistograms(
  outcome: Outcome,
  where: string,
): { readonly positives: tf.Tensor; readonly negatives: tf.Tensor } {
  const { truth, counts } = answersOf(outcome, where)
  const [rows, width] = truth.shape
  const scores = tf.reshape(logitsOf(outcome), [rows, width])
  const place = tf.mul(tf.add(scores, REACH), BINS / (2 * REACH))
  const bin = tf.minimum(tf.maximum(tf.floor(place), 0), BINS - 1)
  const first = tf.tensor2d(
    Array.from({ length: width }, (_, at) => at * BINS),
    [1, width],
  )
  const places = tf.reshape(tf.cast(tf.add(bin, first), 'int32'), [-1, 1])
  // Scattered, not summed by segment: tfjs goes over all samples for each segment.
  const histogram = (of: tf.Tensor) => {
    const flat = tf.reshape(tf.mul(of, counts), [-1])
    return tf.reshape(tf.scatterND(places, flat, [width * BINS]), [width, BINS])
  }
  return { positives: histogram(truth), negatives: histogram(tf.sub(1, truth)) }
}

/** Scores of each output as logits, which spread where probabilities crowd. */
function logitsOf(outcome: Outcome): tf.Tensor {
  const { predictions, reading } = outcome
  if (isYesOrNo(outcome) && reading?.fromLogits) return predictions
  const probabilities = reading?.fromLogits ? tf.softmax(predictions) : predictions
  const inside = tf.minimum(tf.maximum(probabilities, 1e-7), 1 - 1e-7)
  return tf.log(tf.div(inside, tf.sub(1, inside)))
}

/** One class's area from its histograms; undefined where it has no samples, or all. */
function area(
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
  from: number,
): number | undefined {
  let below = 0
  let won = 0
  let all = 0
  for (let bin = from; bin < from + BINS; bin++) {
    won += positives[bin]! * (below + negatives[bin]! / 2)
    below += negatives[bin]!
    all += positives[bin]!
  }
  return all === 0 || below === 0 ? undefined : won / (all * below)
}

/** `auc` as a plugin. */
export const aucPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'auc',
  aliases: ['roc-auc'],
  description: 'Area under the ROC curve; of several classes, the mean of each against all others.',
  options: z.strictObject({}),
  create: () => auc(),
})
