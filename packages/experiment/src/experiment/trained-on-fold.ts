import { areNamed, type Dataset, foldRows, loadSamples, targetScaleOf } from '@ashlar/core'
import type { Experiment } from '../config/schema.ts'
import type { TrainedOn } from './design.ts'

/**
 * What the model of one fold is told of the samples that it is trained on, as those that it is validated with must not be looked at. Everything else that is fitted to data is fitted anew by whoever trains
 * (`DatasetSamples.refit`); this has to be known before there is a model.
 *
 * @returns undefined where that is what the dataset says: there are no folds, or nothing is fitted.
 */
export async function trainedOnFold(
  { fold, seed }: Pick<Experiment, 'fold' | 'seed'>,
  dataset: Dataset,
): Promise<TrainedOn | undefined> {
  if (fold === undefined || fold.index === 'all') return undefined
  if (dataset.info.targetScale === undefined) return undefined
  const { train } = await loadSamples(dataset)
  const { labels } = train
  if (labels === undefined || areNamed(labels)) return undefined
  const rows = foldRows(train, { ...fold, seed }, fold.index).train
  return { targetScale: targetScaleOf(Float64Array.from(rows, (row) => labels[row]!)) }
}
