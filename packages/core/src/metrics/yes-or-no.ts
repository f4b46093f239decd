import * as tf from '@tensorflow/tfjs'
import type { Outcome } from '../losses/loss.ts'
import { classIndices, targetsOf } from '../losses/targets.ts'

/** Whether each output answers yes or no on its own: a single output, or a loss of such outputs. The others are classes, of which one is right. */
export function isYesOrNo({ predictions, reading }: Outcome): boolean {
  const isSingle = predictions.rank === 1 || predictions.shape.at(-1) === 1
  return isSingle || reading?.labels === 'yes-or-no'
}

/** How many outputs a row of predictions has: classes, or answers of yes or no. */
export function widthOf(outputShape: readonly number[]): number {
  return outputShape.at(-1) ?? 1
}

/** The rows of an outcome: samples, or steps or pixels of samples. */
export interface Answers {
  /** 1 where the output's class is the row's own, or its label says yes; `[rows, width]` float32. */
  readonly truth: tf.Tensor2D
  /** 1 for rows that count, 0 for others; `[rows, 1]` float32. */
  readonly counts: tf.Tensor2D
}

/**
 * What is true of each output, and which rows count.
 *
 * @param where the metric that asks, for errors.
 */
export function answersOf(outcome: Outcome, where: string): Answers {
  const { predictions, mask } = outcome
  const width = widthOf(predictions.shape.slice(1))
  const truth = isYesOrNo(outcome)
    ? targetsOf(outcome, where)
    : tf.oneHot(classIndices(outcome, where), width, 1, 0, 'float32')
  const flat = tf.reshape(truth, [-1, width]) as tf.Tensor2D
  return { truth: flat, counts: countsOf(mask, flat.shape[0]) }
}

/** 1 for rows that count, 0 for others, `[rows, 1]` float32; all count where the mask is not one of rows. */
export function countsOf(mask: tf.Tensor | undefined, rows: number): tf.Tensor2D {
  return mask !== undefined && mask.size === rows ? tf.reshape(mask, [rows, 1]) : tf.ones([rows, 1])
}

/**
 * 1 for each output that the model says yes to: above the threshold, or the largest of its row where the outputs are classes; `[rows, width]` float32.
 *
 * @param threshold by default 0 where the loss takes logits, 0.5 else.
 */
export function saidOf(outcome: Outcome, threshold: number | undefined): tf.Tensor2D {
  const { predictions, reading } = outcome
  const width = widthOf(predictions.shape.slice(1))
  const rows = tf.reshape(predictions, [-1, width]) as tf.Tensor2D
  if (!isYesOrNo(outcome)) {
    return tf.oneHot(tf.argMax(rows, 1), width, 1, 0, 'float32') as tf.Tensor2D
  }
  return tf.cast(tf.greater(rows, threshold ?? (reading?.fromLogits ? 0 : 0.5)), 'float32')
}
