import * as tf from '@tensorflow/tfjs'
import { augment } from '../augmentation/augment.ts'
import type { Augmentation } from '../augmentation/augmentation.ts'
import type { ArraySamples } from '../data/samples.ts'
import { scaleInputs } from './inputs.ts'

/** Samples as a model sees them in training. */
export interface AugmentedSamples {
  /** `[count, ...inputShape]`, one after the other. */
  readonly inputs: Float32Array
  /** Of samples that are mixtures: the second labels `[count, ...labelShape]`, and their shares `[count]`. */
  readonly mixed?: { readonly labels: ArrayLike<number>; readonly share: ArrayLike<number> }
}

/**
 * Samples as the first step of a run would change them, were they its batch: for people to look at. Draws nothing of a run's own randomness, as what
 * augmentations draw follows from seed and step alone.
 */
export function augmentedSamples(
  samples: ArraySamples,
  augmentations: readonly Augmentation[],
  { seed }: { readonly seed: number },
): AugmentedSamples {
  const { info, length: count } = samples
  const [inputs, labels, share] = tf.tidy(() => {
    const pixels = Float32Array.from(samples.inputs)
    const given = Array.from(samples.labels)
    const changed = augment(
      {
        inputs: scaleInputs(tf.tensor(pixels, [count, ...info.inputShape]), info),
        labels: tf.tensor(
          given,
          [count, ...info.labelShape],
          samples.labels instanceof Float32Array ? 'float32' : 'int32',
        ),
      },
      augmentations,
      { seed: tf.scalar(seed, 'int32'), step: tf.scalar(0, 'int32') },
    )
    const { mixed } = changed
    return mixed === undefined ? [changed.inputs] : [changed.inputs, mixed.labels, mixed.share]
  })
  try {
    return {
      inputs: inputs!.dataSync() as Float32Array,
      ...(labels && share && { mixed: { labels: labels.dataSync(), share: share.dataSync() } }),
    }
  } finally {
    tf.dispose([inputs!, ...(labels && share ? [labels, share] : [])])
  }
}
