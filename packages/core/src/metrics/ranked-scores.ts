import * as tf from '@tensorflow/tfjs'
import type { Outcome } from '../losses/loss.ts'
import type { AccumulatorShapes } from './metric.ts'
import { answersOf, isYesOrNo, widthOf } from './yes-or-no.ts'

/** Scores are told apart as logits, to 1/128; beyond 16 float32's probabilities are all 1. */
const REACH = 16
/** Bins of a histogram. */
const BINS = 4096

/** Scores that are kept as they are, of all outputs together. */
const KEPT = 65_536

/** Rows whose scores are kept: those of so many are ranked exactly. */
export function keptRows(width: number): number {
  return Math.max(1, Math.floor(KEPT / width))
}

/** Rows of one score, or of scores that are not told apart: how many are of the class, and how many are not. */
export interface Tie {
  readonly positives: number
  readonly negatives: number
}

/** Shapes of what {@link addScores} gives. */
export function scoreShapes(outputShape: readonly number[]): AccumulatorShapes {
  const width = widthOf(outputShape)
  const [histogram, kept] = [
    [width, BINS],
    [width, keptRows(width)],
  ]
  return { positives: histogram, negatives: histogram, scores: kept, answers: kept, rows: [] }
}

/**
 * The scores of rows: as they are for the first rows, and for all in histograms of 4,096 bins over logits, which need no samples kept.
 *
 * @param where the metric that asks, for errors.
 * @param before what was added before; nothing when left out.
 */
export function addScores(
  outcome: Outcome,
  where: string,
  before: Readonly<Record<string, tf.Tensor>> | undefined,
): Readonly<Record<string, tf.Tensor>> {
  const { truth, counts } = answersOf(outcome, where)
  const [rows, width] = truth.shape
  const scores = tf.reshape(rankedBy(outcome), [rows, width])
  const logits = tf.reshape(logitsOf(outcome), [rows, width])
  const place = tf.mul(tf.add(logits, REACH), BINS / (2 * REACH))
  const bin = tf.minimum(tf.maximum(tf.floor(place), 0), BINS - 1)
  // Scattered, not summed by segment: tfjs goes over all samples for each segment.
  const scattered = (at: tf.Tensor, of: tf.Tensor, size: number) => {
    const first = tf.tensor2d(
      Array.from({ length: width }, (_, output) => output * size),
      [1, width],
    )
    const places = tf.reshape(tf.cast(tf.add(at, first), 'int32'), [-1, 1])
    return tf.reshape(tf.scatterND(places, tf.reshape(of, [-1]), [width * size]), [width, size])
  }
  const kept = keptRows(width)
  const row = tf.add(tf.reshape(tf.range(0, rows), [rows, 1]), before?.rows ?? 0)
  const isKept = tf.logicalAnd(tf.less(row, kept), tf.greater(counts, 0))
  const at = tf.add(tf.minimum(row, kept - 1), tf.zerosLike(truth))
  const isWanted = tf.tile(isKept, [1, width])
  const keep = (of: tf.Tensor) => scattered(at, tf.where(isWanted, of, tf.zerosLike(of)), kept)
  return {
    positives: scattered(bin, tf.mul(truth, counts), BINS),
    negatives: scattered(bin, tf.mul(tf.sub(1, truth), counts), BINS),
    scores: keep(scores),
    answers: keep(tf.sub(tf.mul(2, truth), 1)),
    rows: tf.scalar(rows),
  }
}

/** What rows are ranked by: the numbers that the model gives. */
function rankedBy(outcome: Outcome): tf.Tensor {
  const { predictions, reading } = outcome
  return reading?.fromLogits && !isYesOrNo(outcome) ? tf.softmax(predictions) : predictions
}

/** Scores of each output as logits, which spread where probabilities crowd. */
function logitsOf(outcome: Outcome): tf.Tensor {
  const { predictions, reading } = outcome
  if (isYesOrNo(outcome) && reading?.fromLogits) return predictions
  const probabilities = reading?.fromLogits ? tf.softmax(predictions) : predictions
  const inside = tf.minimum(tf.maximum(probabilities, 1e-7), 1 - 1e-7)
  return tf.log(tf.div(inside, tf.sub(1, inside)))
}

/** For each output its rows, the highest scores first: exactly where all of them were kept, else by the bins of the histograms. */
export function tiesOf(sums: Readonly<Record<string, ArrayLike<number>>>): Tie[][] {
  const { positives, negatives } = sums
  return Array.from({ length: positives!.length / BINS }, (_, output) => {
    const bins = Array.from({ length: BINS }, (_, bin) => {
      const at = output * BINS + (BINS - 1 - bin)
      return { positives: positives![at]!, negatives: negatives![at]! }
    })
    return exactTies(sums, { output, outputs: positives!.length / BINS }, bins) ?? bins
  })
}

/** Undefined where not all rows were kept. */
function exactTies(
  { scores, answers, rows }: Readonly<Record<string, ArrayLike<number>>>,
  { output, outputs }: { readonly output: number; readonly outputs: number },
  bins: readonly Tie[],
): Tie[] | undefined {
  const length = answers!.length / outputs
  if (rows![0]! > length) return undefined
  const found: { score: number; answer: number }[] = []
  for (let row = 0; row < length; row++) {
    const answer = answers![output * length + row]!
    if (answer !== 0) found.push({ score: scores![output * length + row]!, answer })
  }
  const all = bins.reduce((sum, each) => sum + each.positives + each.negatives, 0)
  if (found.length !== all) return undefined
  found.sort((a, b) => b.score - a.score)
  const ties: { positives: number; negatives: number }[] = []
  let last: number | undefined
  for (const { score, answer } of found) {
    if (score !== last) ties.push({ positives: 0, negatives: 0 })
    last = score
    const tie = ties.at(-1)!
    if (answer > 0) tie.positives++
    else tie.negatives++
  }
  return ties
}
