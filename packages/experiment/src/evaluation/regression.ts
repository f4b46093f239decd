import type { PredictedOutput } from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'

/** What a regression does on labelled samples, over all targets. */
export interface RegressionReport {
  readonly samples: number
  readonly meanAbsoluteError: number
  readonly rootMeanSquaredError: number
  /** Part of the targets' variance that is explained, in the mean over targets; 1 is best. */
  readonly r2: number
}

/**
 * Errors of a regression.
 *
 * @param labels targets, row after row.
 * @throws ShapeError when there are not as many numbers as targets.
 */
export function regressionReport(
  labels: ArrayLike<number>,
  { shape, data }: PredictedOutput,
): RegressionReport {
  if (labels.length !== data.length) {
    throw new ShapeError({
      where: 'regressionReport',
      expected: 'there must be a prediction for each target',
      given: { targets: labels.length, predictions: data.length },
    })
  }
  const samples = shape[0]!
  const width = data.length / samples
  let absolute = 0
  let squared = 0
  let explained = 0
  for (let target = 0; target < width; target++) {
    let mean = 0
    for (let i = target; i < labels.length; i += width) mean += labels[i]! / samples
    let residual = 0
    let total = 0
    for (let i = target; i < labels.length; i += width) {
      const error = labels[i]! - data[i]!
      absolute += Math.abs(error)
      residual += error ** 2
      total += (labels[i]! - mean) ** 2
    }
    squared += residual
    // Targets that do not vary can only be met or missed, as in scikit-learn.
    explained += total === 0 ? (residual === 0 ? 1 : 0) : 1 - residual / total
  }
  return {
    samples,
    meanAbsoluteError: absolute / data.length,
    rootMeanSquaredError: Math.sqrt(squared / data.length),
    r2: explained / width,
  }
}
