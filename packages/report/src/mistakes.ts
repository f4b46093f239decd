import { type Predictions, readLabels, readSamples, type Samples, theOnly } from '@ashlar/core'
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
export async function worstMistakes(
  samples: Samples,
  predictions: Predictions,
  classes: readonly string[],
  count: number,
): Promise<Mistake[]> {
  const labels = theOnly('mistakes', await readLabels(samples))
  const { data, classes: width, rows } = toProbabilities(predictions)
  const wrong: { index: number; best: number; confidence: number }[] = []
  for (let index = 0; index < rows; index++) {
    let best = 0
    for (let i = 1; i < width; i++) {
      if (data[index * width + i]! > data[index * width + best]!) best = i
    }
    if (best === labels[index]) continue
    wrong.push({ index, best, confidence: data[index * width + best]! })
  }
  const worst = wrong.sort((a, b) => b.confidence - a.confidence).slice(0, count)
  if (worst.length === 0) return []
  const read = await readSamples(
    samples,
    worst.map(({ index }) => index),
  )
  const inputs = theOnly('mistakes', read.inputs)
  const size = inputs.length / worst.length
  return worst.map(({ index, best, confidence }, place) => ({
    index,
    label: classes[labels[index]!] ?? String(labels[index]),
    prediction: classes[best] ?? String(best),
    confidence,
    picture: pictureOf(inputs.subarray(place * size, (place + 1) * size), samples.info),
  }))
}
