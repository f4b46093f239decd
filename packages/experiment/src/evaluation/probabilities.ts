import type { PredictedOutput } from '@ashlar/core'

/** How far a row may be from adding up to 1 and still hold probabilities: what float32 leaves of 1000 classes. */
const SUM_TOLERANCE = 1e-3

/** Class probabilities, row after row. */
export interface Probabilities {
  readonly rows: number
  readonly classes: number
  readonly data: Float64Array
}

/**
 * A classifier's output as probabilities: taken as they are where every row is between 0 and 1 and adds up to 1, else as logits.
 * One output stands for the second of two classes: a probability where all of them are between 0 and 1, else a logit.
 *
 * @param predictions `[rows, classes]`, or `[rows, 1]`.
 */
export function toProbabilities({ shape, data }: PredictedOutput): Probabilities {
  const rows = shape[0]!
  const width = data.length / rows
  if (width === 1) return ofOneOutput(rows, data)
  const probabilities = Float64Array.from(data)
  if (!areProbabilities(probabilities, width)) softmaxRows(probabilities, width)
  return { rows, classes: width, data: probabilities }
}

function ofOneOutput(rows: number, data: Float32Array): Probabilities {
  const inside = data.every((value) => value >= 0 && value <= 1)
  const both = new Float64Array(rows * 2)
  for (let row = 0; row < rows; row++) {
    const second = inside ? data[row]! : 1 / (1 + Math.exp(-data[row]!))
    both[2 * row] = 1 - second
    both[2 * row + 1] = second
  }
  return { rows, classes: 2, data: both }
}

function areProbabilities(data: Float64Array, width: number): boolean {
  for (let start = 0; start < data.length; start += width) {
    let sum = 0
    for (let i = start; i < start + width; i++) {
      if (!(data[i]! >= 0 && data[i]! <= 1 + SUM_TOLERANCE)) return false
      sum += data[i]!
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return false
  }
  return true
}

function softmaxRows(data: Float64Array, width: number): void {
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width)
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    let sum = 0
    for (let i = 0; i < width; i++) {
      row[i] = Math.exp(row[i]! - largest)
      sum += row[i]!
    }
    for (let i = 0; i < width; i++) row[i]! /= sum
  }
}
