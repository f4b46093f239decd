import type { Predictions, Samples } from '@ashlar/core'
import { worstMistakes as findMistakes } from '@ashlar/experiment'
import { type Mistake, pictureOf } from '@ashlar/ui'

/**
 * The samples that the model is most sure and wrong about, the worst first, as pictures where they are some.
 *
 * @param count at most so many.
 */
export function worstMistakes(
  samples: Samples,
  predictions: Predictions,
  classes: readonly string[],
  count: number,
): Mistake[] {
  const size = samples.inputs.length / samples.length
  return findMistakes(samples, predictions, count).map(({ index, prediction, confidence }) => ({
    index,
    label: classes[samples.labels[index]!] ?? String(samples.labels[index]),
    prediction: classes[prediction] ?? String(prediction),
    confidence,
    picture: pictureOf(samples.inputs.subarray(index * size, (index + 1) * size), samples.info),
  }))
}
