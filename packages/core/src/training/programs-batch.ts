import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { augment } from '../augmentation/augment.ts'
import type { Augmentation } from '../augmentation/augmentation.ts'
import type { DrawKey } from '../augmentation/draws.ts'
import type { FieldInfo } from '../data/fields.ts'
import { normalizeInputs } from './inputs.ts'
import type { LabelledBatch } from './objective.ts'

/**
 * Augmentations change the one input that samples have, or the one picture among several. They see bytes from 0 to 1; what is normalized is so behind them.
 *
 * @param batch scaled.
 * @throws ConfigError where that is not clear, or samples are mixed whose labels are several.
 */
export function augmentFields(
  batch: LabelledBatch,
  augmentations: readonly Augmentation[],
  info: FieldInfo,
  key: DrawKey,
): LabelledBatch {
  const changed = augmented(batch, augmentations, key)
  return { ...changed, inputs: normalizeInputs(changed.inputs, info) }
}

function augmented(
  { inputs, labels }: LabelledBatch,
  augmentations: readonly Augmentation[],
  key: DrawKey,
): LabelledBatch {
  if (inputs instanceof tf.Tensor && labels instanceof tf.Tensor) {
    return augment({ inputs, labels }, augmentations, key)
  }
  if (augmentations.length === 0) return { inputs, labels }
  const pictures = Object.entries(inputs).filter(([, { rank }]) => rank === 4)
  const [name, picture] = inputs instanceof tf.Tensor ? ['', inputs] : (pictures[0] ?? [])
  if (picture === undefined || pictures.length > 1) {
    throw new ConfigError({
      where: 'augmentations',
      expected: 'samples must have one input, or one that is a picture among several',
      given: Object.keys(inputs),
    })
  }
  const marks = labels instanceof tf.Tensor ? labels : tf.zeros([picture.shape[0]!])
  const changed = augment({ inputs: picture, labels: marks }, augmentations, key)
  if (changed.mixed === undefined) {
    const { inputs: turned } = changed
    if (inputs instanceof tf.Tensor) return { inputs: turned, labels }
    return { inputs: { ...inputs, [name!]: turned }, labels }
  }
  throw new ConfigError({
    where: 'augmentations',
    expected: 'samples of several inputs or labels must not be mixed: leave out mixup and cutmix',
  })
}
