import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Metric } from './metric.ts'
import { addScores, scoreShapes, type Tie, tiesOf } from './ranked-scores.ts'

/**
 * Average precision: how early the samples of a class come where all are ranked by their score for it, the mean precision at each of them (scikit-learn's
 * average_precision_score). Of several classes, the mean over those that have samples. Exact for as many scores as `auc` is, and beyond told apart as there; 0 where no class has a sample.
 */
export function averagePrecision(): Metric {
  const name = 'average-precision'
  return {
    name,
    counts: 'answers',
    accumulators: scoreShapes,
    add: (outcome, before) => addScores(outcome, name, before),
    result(sums) {
      const all = tiesOf(sums)
        .map(precisionOf)
        .filter((each) => each !== undefined)
      return all.length === 0 ? 0 : all.reduce((sum, each) => sum + each, 0) / all.length
    },
  }
}

/** Of one class; undefined where it has no samples. */
function precisionOf(ties: readonly Tie[]): number | undefined {
  let found = 0
  let said = 0
  let sum = 0
  for (const { positives, negatives } of ties) {
    found += positives
    said += positives + negatives
    if (positives > 0) sum += (positives * found) / said
  }
  return found === 0 ? undefined : sum / found
}

/** `average-precision` as a plugin. */
export const averagePrecisionPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'average-precision',
  aliases: ['mean-average-precision', 'pr-auc'],
  description:
    'How early the samples of a class come where all are ranked by their score. Exact for 65,536 scores, as auc is.',
  options: z.strictObject({}),
  create: () => averagePrecision(),
})
