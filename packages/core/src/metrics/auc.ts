import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Metric } from './metric.ts'
import { addScores, scoreShapes, type Tie, tiesOf } from './ranked-scores.ts'

/**
 * The area under the ROC curve: how likely a sample of a class has a higher score for it than one of another class has, ties half. Of several classes, the
 * mean over those that have samples and are not the only one, each against all others (scikit-learn's roc_auc_score with `multi_class="ovr"`).
 *
 * It is exact for as many as 65,536 scores, which are kept: so many samples of one output, or 6,553 of 10 classes. Beyond, it is made of histograms of 4,096 bins over the scores as logits: scores within 1/128 of one
 * another are ties, so that it is off by at most half the share of pairs of a sample of the class and one of another that lie in one bin. Where nothing can be told apart, since all samples are of one class, it is 0.5.
 */
export function auc(): Metric {
  return {
    name: 'auc',
    counts: 'answers',
    accumulators: scoreShapes,
    add: (outcome, before) => addScores(outcome, 'auc', before),
    result(sums) {
      const areas = tiesOf(sums)
        .map(area)
        .filter((each) => each !== undefined)
      if (areas.length === 0) return 0.5
      return areas.reduce((sum, each) => sum + each, 0) / areas.length
    },
  }
}

/** One class's area; undefined where it has no samples, or all. */
function area(ties: readonly Tie[]): number | undefined {
  const all = ties.reduce((sum, { positives }) => sum + positives, 0)
  let above = 0
  let negatives = 0
  let won = 0
  for (const tie of ties) {
    won += tie.negatives * (above + tie.positives / 2)
    above += tie.positives
    negatives += tie.negatives
  }
  return all === 0 || negatives === 0 ? undefined : won / (all * negatives)
}

/** `auc` as a plugin. */
export const aucPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'auc',
  aliases: ['roc-auc'],
  description:
    'Area under the ROC curve; of several classes, the mean of each against all others. Exact for 65,536 scores; beyond, scores within 1/128 as logits are ties.',
  options: z.strictObject({}),
  create: () => auc(),
})
