import { type Predictions, type Samples, theOnly } from '@ashlar/core'
import { toProbabilities } from '@ashlar/experiment'
import { type Picture, pictureOf } from './pictures.ts'

/** A sample that the model takes for something else. */
export interface Mistake {
  /** Place among the samples. */
  readonly index: number
  readonly label: string
  readonly prediction: string
  /** Probability of the wrong class. */
  readonly confidence: number
  /** Undefined for samples that are no pictures. */
  readonly picture: Picture | undefined
}

/**
 * The samples that the model is most sure and wrong about, the worst first.
 *
 * @param count at most so many.
 */
export function worstMistakes(
  samples: Samples,
  predictions: Predictions,
  classes: readonly string[],
  count: number,
): Mistake[] {
  const { data, classes: width, rows } = toProbabilities(predictions)
  const labels = theOnly('mistakes', samples.labels)
  const inputs = theOnly('mistakes', samples.inputs)
  const wrong: { index: number; best: number; confidence: number }[] = []
  for (let index = 0; index < rows; index++) {
    let best = 0
    for (let i = 1; i < width; i++) {
      if (data[index * width + i]! > data[index * width + best]!) best = i
    }
    if (best === labels[index]) continue
    wrong.push({ index, best, confidence: data[index * width + best]! })
  }
  const size = inputs.length / samples.length
  return wrong
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, count)
    .map(({ index, best, confidence }) => ({
      index,
      label: classes[labels[index]!] ?? String(labels[index]),
      prediction: classes[best] ?? String(best),
      confidence,
      picture: pictureOf(inputs.subarray(index * size, (index + 1) * size), samples.info),
    }))
}
