import type { Augmentation, TrainingBatch } from './augmentation.ts'
import { type DrawKey, uniformDraws } from './draws.ts'

/** A batch after all augmentations, one after the other. */
export function augment(
  batch: TrainingBatch,
  augmentations: readonly Augmentation[],
  key: DrawKey,
): TrainingBatch {
  const total = augmentations.reduce((sum, { draws }) => sum + draws, 0)
  const draws = uniformDraws(key, batch.inputs.shape[0]!, total)
  let used = 0
  return augmentations.reduce((changed, each) => {
    const own = draws.slice(used, used + each.draws)
    used += each.draws
    return each.apply(changed, own)
  }, batch)
}
