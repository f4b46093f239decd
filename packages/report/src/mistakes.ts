import { type Predictions, readLabels, readSamples, type Samples, theOnly } from '@ashlar/core'
import { worstMistakes as findMistakes } from '@ashlar/experiment'
import { type Mistake, pictureOf } from '@ashlar/ui'

/**
 * The samples that the model is most sure and wrong about, the worst first, as pictures where they are some.
 *
 * @param count at most so many.
 */
export async function worstMistakes(
  samples: Samples,
  predictions: Predictions,
  classes: readonly string[],
  count: number,
): Promise<Mistake[]> {
  const labels = theOnly('mistakes', await readLabels(samples))
  const found = findMistakes(labels, predictions, count)
  if (found.length === 0) return []
  const rows = found.map(({ index }) => index)
  const inputs = theOnly('mistakes', (await readSamples(samples, rows)).inputs)
  const size = inputs.length / rows.length
  return found.map(({ index, prediction, confidence }, place) => ({
    index,
    label: classes[labels[index]!] ?? String(labels[index]),
    prediction: classes[prediction] ?? String(prediction),
    confidence,
    picture: pictureOf(inputs.subarray(place * size, (place + 1) * size), samples.info),
  }))
}
