import type { ArraySplit, DatasetInfo, Predictions } from '@ashlar/core'
import { type ClassificationReport, classificationReport } from './classification.ts'
import { type RegressionReport, regressionReport } from './regression.ts'

/** What a model does on labelled samples, by the kind of labels that a dataset has. */
export type EvaluationReport =
  | ({ readonly task: 'classification' } & ClassificationReport)
  | ({ readonly task: 'regression' } & RegressionReport)

/**
 * Judges predictions of a split as its dataset asks for: as classes where it names some, else as numbers.
 *
 * @throws ShapeError when the predictions do not fit the labels.
 */
export function evaluationReport(
  { labels }: Pick<ArraySplit, 'labels'>,
  predictions: Predictions,
  { classes }: Pick<DatasetInfo, 'classes'>,
): EvaluationReport {
  return classes.length === 0
    ? { task: 'regression', ...regressionReport(labels, predictions) }
    : { task: 'classification', ...classificationReport(labels, predictions, { classes }) }
}
