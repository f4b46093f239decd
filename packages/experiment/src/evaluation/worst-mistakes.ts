import type { LabelData, Predictions } from '@ashlar/core'
import { toProbabilities } from './probabilities.ts'

/** A sample that a model takes for something else. */
export interface FoundMistake {
  /** Place among the samples. */
  readonly index: number
  /** Index of the class that it is taken for. */
  readonly prediction: number
  /** Probability of the wrong class. */
  readonly confidence: number
}

/**
 * The samples that a classifier is most sure and wrong about, the worst first.
 *
 * @param labels class indices, one for each sample.
 * @param most at most so many.
 */
export function worstMistakes(
  labels: LabelData,
  predictions: Predictions,
  most: number,
): FoundMistake[] {
  const { data, classes, rows } = toProbabilities(predictions)
  const wrong: FoundMistake[] = []
  for (let index = 0; index < rows; index++) {
    let best = 0
    for (let i = 1; i < classes; i++) {
      if (data[index * classes + i]! > data[index * classes + best]!) best = i
    }
    if (best === labels[index]) continue
    wrong.push({ index, prediction: best, confidence: data[index * classes + best]! })
  }
  return wrong.sort((a, b) => b.confidence - a.confidence).slice(0, most)
}
