import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { BINS, histogramShapes, scoreHistograms } from './auc.ts'
import type { Metric } from './metric.ts'

/**
 * Average precision: how early the samples of a class come where all are ranked by their score for it, the mean precision at each of them (scikit-learn's
 * average_precision_score). Of several classes, the mean over those that have samples. Scores are told apart as by `auc`; 0 where no class has a sample.
 */
export function averagePrecision(): Metric {
  const name = 'average-precision'
  return {
    name,
    counts: 'answers',
    accumulators: histogramShapes,
    add: (outcome) => scoreHistograms(outcome, name),
    result({ positives, negatives }) {
      const all = Array.from({ length: positives!.length / BINS }, (_, at) =>
        precisionOf(positives!, negatives!, at * BINS),
      ).filter((each) => each !== undefined)
      return all.length === 0 ? 0 : all.reduce((sum, each) => sum + each, 0) / all.length
    },
  }
}

/** Of one class, from its histograms; undefined where it has no samples. */
function precisionOf(
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
  from: number,
): number | undefined {
  let found = 0
  let said = 0
  let sum = 0
  for (let bin = from + BINS - 1; bin >= from; bin--) {
    const own = positives[bin]!
    found += own
    said += own + negatives[bin]!
    if (own > 0) sum += (own * found) / said
  }
  return found === 0 ? undefined : sum / found
}

/** `average-precision` as a plugin. */
export const averagePrecisionPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'average-precision',
  aliases: ['mean-average-precision', 'pr-auc'],
  description: 'How early the samples of a class come where all are ranked by their score.',
  options: z.strictObject({}),
  create: () => averagePrecision(),
})
