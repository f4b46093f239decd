import type { PredictedOutput } from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'
import type { ClassMean, ClassReport } from './classification.ts'

/** What a model does that says yes or no to each of several classes. */
export interface MultiLabelReport {
  readonly samples: number
  /** Part of the answers that are right. */
  readonly accuracy: number
  /** Part of the samples all of whose answers are right (scikit-learn's accuracy_score). */
  readonly exactMatch: number
  readonly perClass: readonly ClassReport[]
  /** Means over the classes: all count alike. */
  readonly macro: ClassMean
  /** Of all answers together. */
  readonly micro: ClassMean
}

/**
 * Precision, recall and F1 of each class, of answers of yes or no.
 *
 * @param labels 1 and 0, `[samples, classes]`.
 * @param predictions probabilities, where none is below 0 or above 1, else logits.
 * @throws ShapeError when there are not as many answers as labels.
 */
export function multiLabelReport(
  labels: ArrayLike<number>,
  { shape, data }: PredictedOutput,
  { classes }: { readonly classes: readonly string[] },
): MultiLabelReport {
  const width = classes.length
  if (labels.length !== data.length || shape.at(-1) !== width) {
    throw new ShapeError({
      where: 'multiLabelReport',
      expected: `there must be an answer for each of ${width} classes`,
      given: { labels: labels.length, predictions: shape },
    })
  }
  const threshold = data.every((value) => value >= 0 && value <= 1) ? 0.5 : 0
  const samples = data.length / width
  const counts = classes.map(() => ({ found: 0, wrong: 0, missed: 0 }))
  let right = 0
  let exact = 0
  for (let sample = 0; sample < samples; sample++) {
    let ofSample = 0
    for (const [at, own] of counts.entries()) {
      const said = data[sample * width + at]! > threshold
      const is = labels[sample * width + at]! > 0.5
      if (said === is) ofSample++
      if (said && is) own.found++
      else if (said) own.wrong++
      else if (is) own.missed++
    }
    right += ofSample
    if (ofSample === width) exact++
  }
  const perClass = counts.map((own, at) => ({
    name: classes[at]!,
    ...meansOf(own),
    support: own.found + own.missed,
  }))
  const mean = (of: (each: ClassMean) => number) =>
    perClass.reduce((sum, each) => sum + of(each), 0) / width
  const sum = (of: (each: Counts) => number) => counts.reduce((all, each) => all + of(each), 0)
  return {
    samples,
    accuracy: right / data.length,
    exactMatch: exact / samples,
    perClass,
    macro: {
      precision: mean(({ precision }) => precision),
      recall: mean(({ recall }) => recall),
      f1: mean(({ f1 }) => f1),
    },
    micro: meansOf({
      found: sum(({ found }) => found),
      wrong: sum(({ wrong }) => wrong),
      missed: sum(({ missed }) => missed),
    }),
  }
}

interface Counts {
  readonly found: number
  readonly wrong: number
  readonly missed: number
}

function meansOf({ found, wrong, missed }: Counts): ClassMean {
  const part = (some: number, all: number) => (all === 0 ? 0 : some / all)
  return {
    precision: part(found, found + wrong),
    recall: part(found, found + missed),
    f1: part(2 * found, 2 * found + wrong + missed),
  }
}
