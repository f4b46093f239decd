import type { TensorData } from '../tensors.ts'
import { argMax } from '../verify/compare.ts'
import type { OutputLabels } from './feeds.ts'

/** How an output does. Shares are of 1. */
export interface OutputJudgement {
  /** Of a classifier, on labels that count; of one that says yes or no to each class, of all its answers. */
  readonly accuracy?: { readonly float: number; readonly reduced: number }
  /** Of a regression, on labels: the part of the targets' variance that is explained. */
  readonly r2?: { readonly float: number; readonly reduced: number }
  /** Share of rows whose largest output is the same, or of the answers. */
  readonly agreement?: number
  /** The squared difference of all numbers as a share of their variance. */
  readonly noise: number
  /** What is lost, in points (all 100 where a number is none any more, in any batch): of accuracy or of explained variance where there are labels, else of agreement. */
  readonly drop: number
}

/**
 * Where labels say what is right, so many rows may change for each one that is lost: a file that is as often right, and says something else each time, is another
 * model.
 */
const CHANGED = 5

/** Holds one output of a reduced file against that of the float file, run by run. */
export class OutputJudge {
  /** Whether it gives floats: what counts with whole numbers nobody knows. */
  readonly isFloat: boolean
  readonly #counts = { rows: 0, same: 0, labelled: 0, float: 0, reduced: 0 }
  readonly #sums = { difference: 0, first: 0, second: 0, count: 0, broken: 0 }
  readonly #fit = { labels: 0, squares: 0, float: 0, reduced: 0, count: 0 }
  readonly #isOnly: boolean
  /** Whether numbers of one output for each answer are logits: they are where one is no probability. */
  #areLogits = false

  /** @param kind.isOnly whether there is no other one of floats: without labels, an output among others may be anything. */
  constructor({ isFloat, isOnly }: { readonly isFloat: boolean; readonly isOnly: boolean }) {
    this.isFloat = isFloat
    this.#isOnly = isOnly
  }

  /** Takes in what both files gave for a run. */
  add(scores: TensorData, other: TensorData, labels: OutputLabels | undefined): void {
    addNoise(this.#sums, scores, other)
    if (!this.isFloat) return
    const width = scores.shape.length < 2 ? 1 : scores.shape.at(-1)!
    if (labels?.kind === 'answers') this.#addClasses(scores, other, 1, labels)
    else if (labels?.kind === 'targets' && !isOneHot(labels.data, scores)) {
      addFit(this.#fit, labels.data, scores, other)
    } else if (labels !== undefined || (this.#isOnly && width > 1)) {
      this.#addClasses(scores, other, width, labels)
    }
  }

  #addClasses(
    scores: TensorData,
    other: TensorData,
    width: number,
    labels: OutputLabels | undefined,
  ): void {
    const counts = this.#counts
    const middle = width === 1 ? this.#middleOf(scores) : 0
    const rows = scores.data.length / Math.max(1, width)
    const classOf = ({ data }: TensorData, row: number) =>
      width === 1 ? Number(Number(data[row]) > middle) : argMax(data, row * width, width)
    const classes = labels && classesOf(labels.data, rows, width)
    for (let row = 0; row < rows; row++) {
      const label = classes?.[row]
      // What fills up, or what nobody labelled, is nobody's mistake.
      if (label !== undefined && label === labels?.ignoreIndex) continue
      const [first, second] = [classOf(scores, row), classOf(other, row)]
      counts.rows++
      if (first === second) counts.same++
      if (label === undefined) continue
      counts.labelled++
      if (first === label) counts.float++
      if (second === label) counts.reduced++
    }
  }

  /** One number stands for yes, or for the second of two classes: a probability where all are between 0 and 1, else a logit. */
  #middleOf({ data }: TensorData): number {
    this.#areLogits ||= !(data as Float32Array).every((value) => value >= 0 && value <= 1)
    return this.#areLogits ? 0 : 0.5
  }

  /** What is known of all runs. */
  done(): OutputJudgement {
    const noise = noiseOf(this.#sums)
    const isBroken = this.#sums.broken > 0
    const finite = (drop: number) => (isBroken || !Number.isFinite(drop) ? 100 : Math.max(0, drop))
    const counts = this.#counts
    const fit = this.#fit
    const { rows, labelled } = counts
    const agreement = rows > 0 ? counts.same / rows : undefined
    const changed = agreement === undefined ? 0 : 100 * (1 - agreement)
    if (fit.count > 0) {
      const total = fit.squares - fit.labels ** 2 / fit.count
      const explained = (residual: number) => (total <= 0 ? 0 : 1 - residual / total)
      const r2 = { float: explained(fit.float), reduced: explained(fit.reduced) }
      const lost = 100 * Math.max(r2.float - r2.reduced, noise / CHANGED)
      return { r2, noise, drop: finite(lost) }
    }
    if (labelled > 0) {
      const accuracy = { float: counts.float / labelled, reduced: counts.reduced / labelled }
      const lost = Math.max(100 * (accuracy.float - accuracy.reduced), changed / CHANGED)
      return { accuracy, agreement: agreement ?? 0, noise, drop: finite(lost) }
    }
    if (agreement !== undefined) {
      const lost = Number.isFinite(noise) ? changed : 100
      return { agreement, noise, drop: finite(lost) }
    }
    return { noise, drop: finite(100 * noise) }
  }
}

/** Sums over all numbers; `broken` counts those that are no number any more. */
type NoiseSums = Record<'difference' | 'first' | 'second' | 'count' | 'broken', number>

function noiseOf({ difference, first, second, count }: NoiseSums): number {
  if (count === 0) return 0
  const variance = second - first ** 2 / count
  if (difference === 0) return 0
  return variance > 0 ? difference / variance : Number.POSITIVE_INFINITY
}

function addNoise(sums: NoiseSums, one: TensorData, other: TensorData): void {
  for (let index = 0; index < one.data.length; index++) {
    const [a, b] = [Number(one.data[index]), Number(other.data[index])]
    // Equal infinities, and no numbers on both sides, are no difference.
    if (Object.is(a, b)) continue
    if (Number.isFinite(a) && !Number.isFinite(b)) sums.broken++
    sums.difference += (a - b) ** 2
  }
  for (const each of one.data) {
    const value = Number(each)
    if (!Number.isFinite(value)) continue
    sums.first += value
    sums.second += value ** 2
    sums.count++
  }
}

function addFit(
  fit: { labels: number; squares: number; float: number; reduced: number; count: number },
  labels: ArrayLike<number>,
  float: TensorData,
  reduced: TensorData,
): void {
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!
    fit.labels += label
    fit.squares += label ** 2
    fit.float += (label - Number(float.data[index])) ** 2
    fit.reduced += (label - Number(reduced.data[index])) ** 2
    fit.count++
  }
}

/** Whether float labels are classes after all: rows of zeros with a single one. */
function isOneHot(labels: ArrayLike<number>, { shape, data }: TensorData): boolean {
  const width = shape.at(-1) ?? 1
  if (width < 2 || labels.length !== data.length) return false
  for (let start = 0; start < labels.length; start += width) {
    let sum = 0
    for (let index = start; index < start + width; index++) {
      if (labels[index] !== 0 && labels[index] !== 1) return false
      sum += labels[index]!
    }
    if (sum !== 1) return false
  }
  return true
}

/** The class of each row; undefined where labels are something else. */
function classesOf(
  labels: ArrayLike<number>,
  rows: number,
  width: number,
): ArrayLike<number> | undefined {
  if (labels.length === rows) return labels
  if (labels.length !== rows * width) return undefined
  const floats = Float32Array.from(labels)
  return Array.from({ length: rows }, (_, row) => argMax(floats, row * width, width))
}
