import type { PredictedOutput } from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'
import { type CalibrationBin, calibrate } from './calibration.ts'
import { type Probabilities, toProbabilities } from './probabilities.ts'

/** How well a class is found. A share of nothing is 0, as in scikit-learn. */
export interface ClassReport {
  readonly name: string
  /** Part of what was taken for this class that is of it. */
  readonly precision: number
  /** Part of this class that was taken for it. */
  readonly recall: number
  /** Harmonic mean of the two. */
  readonly f1: number
  /** Samples of this class. */
  readonly support: number
}

/** A mean over classes. */
export type ClassMean = Pick<ClassReport, 'precision' | 'recall' | 'f1'>

/** What a classifier does on labelled samples. */
export interface ClassificationReport {
  readonly samples: number
  readonly accuracy: number
  /** Part of samples whose class is among the `k` likeliest, by k; a class that ties with the k-th counts. */
  readonly topK: Readonly<Record<string, number>>
  readonly perClass: readonly ClassReport[]
  /** Means over the classes that occur among labels or predictions: all count alike. */
  readonly macro: ClassMean
  /** Means over the classes: each counts as often as it occurs. */
  readonly weighted: ClassMean
  /** `confusion[label][prediction]`, in samples. */
  readonly confusion: readonly (readonly number[])[]
  /** Expected calibration error: how far confidence is from accuracy, in the mean over samples. */
  readonly calibrationError: number
  readonly calibration: readonly CalibrationBin[]
}

/** How to report. */
export interface ClassificationOptions {
  /** Names of the classes; by default their indices. */
  readonly classes?: readonly string[] | undefined
  /** For top-k: 5 by default, where there are more classes than that. */
  readonly k?: number | undefined
  /** Bins of confidence for the calibration; 15 by default. */
  readonly bins?: number | undefined
}

/**
 * Accuracy, top-k, precision, recall, F1, confusion matrix and calibration of a classifier.
 *
 * @param labels class indices.
 * @param predictions `[rows, classes]`: probabilities, or logits.
 * @throws ShapeError when a label has no prediction.
 * @example const report = classificationReport(test.labels, await model.predict(test), { classes: info.classes })
 */
export function classificationReport(
  labels: ArrayLike<number>,
  predictions: PredictedOutput,
  { classes: names = [], k = 5, bins = 15 }: ClassificationOptions = {},
): ClassificationReport {
  const probabilities = toProbabilities(predictions)
  const { rows, classes } = probabilities
  checkLabels(labels, probabilities)
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  const confidences = new Float64Array(rows)
  const right = new Uint8Array(rows)
  let among = 0
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!
    const { best, rank } = judge(probabilities, row, label)
    confusion[label]![best]!++
    confidences[row] = probabilities.data[row * classes + best]!
    right[row] = best === label ? 1 : 0
    if (rank < k) among++
  }
  const perClass = confusion.map((_, index) =>
    classReport(confusion, index, names[index] ?? String(index)),
  )
  const present = perClass.filter((_, i) =>
    confusion.some((row, j) => row[i]! + (j === i ? sum(row) : 0) > 0),
  )
  const calibration = calibrate(confidences, right, bins)
  return {
    samples: rows,
    accuracy: share(sum(confusion.map((row, i) => row[i]!)), rows),
    topK: classes > k ? { [k]: share(among, rows) } : {},
    perClass,
    macro: meanOf(present, () => 1),
    weighted: meanOf(perClass, ({ support }) => support),
    confusion,
    ...calibration,
  }
}

/** The likeliest class, the first of those that tie, and how many are likelier than the label. */
function judge({ data, classes }: Probabilities, row: number, label: number) {
  const start = row * classes
  let best = 0
  let rank = 0
  for (let i = 0; i < classes; i++) {
    if (data[start + i]! > data[start + best]!) best = i
    if (data[start + i]! > data[start + label]!) rank++
  }
  return { best, rank }
}

function classReport(
  confusion: readonly (readonly number[])[],
  index: number,
  name: string,
): ClassReport {
  const found = confusion[index]![index]!
  const support = sum(confusion[index]!)
  const taken = sum(confusion.map((row) => row[index]!))
  return {
    name,
    precision: share(found, taken),
    recall: share(found, support),
    f1: share(2 * found, support + taken),
    support,
  }
}

function meanOf(
  reports: readonly ClassReport[],
  weight: (report: ClassReport) => number,
): ClassMean {
  const total = sum(reports.map(weight))
  const mean = (key: keyof ClassMean) =>
    share(sum(reports.map((report) => weight(report) * report[key])), total)
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}

function checkLabels(labels: ArrayLike<number>, { rows, classes }: Probabilities): void {
  if (labels.length !== rows) {
    throw new ShapeError({
      where: 'classificationReport',
      expected: 'there must be a prediction for each label',
      given: { labels: labels.length, predictions: rows },
    })
  }
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!
    if (Number.isInteger(label) && label >= 0 && label < classes) continue
    throw new ShapeError({
      where: 'classificationReport',
      expected: `labels must be class indices from 0 to ${classes - 1}`,
      given: label,
    })
  }
}
