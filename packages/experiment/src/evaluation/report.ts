import type {
  DatasetInfo,
  Field,
  FieldInfo,
  FieldSplit,
  LabelData,
  PredictedOutput,
  Predictions,
} from '@ashlar/core'
import { fieldsOf, theOnly } from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'
import { type ClassificationReport, classificationReport } from './classification.ts'
import { type MultiLabelReport, multiLabelReport } from './multi-label.ts'
import { type RegressionReport, regressionReport } from './regression.ts'

/** What a model does on labelled samples, by the kind of labels that a dataset has. */
export type EvaluationReport =
  | ({ readonly task: 'classification' } & ClassificationReport)
  | ({ readonly task: 'regression' } & RegressionReport)
  | ({ readonly task: 'multi-label' } & MultiLabelReport)

/** What a model does at each of its outputs that have labels. */
export interface OutputReports {
  /** Of the only output, or of the first. */
  readonly evaluation: EvaluationReport
  /** By the name of the output; undefined for a model of one without a name. */
  readonly outputs?: Readonly<Record<string, EvaluationReport>> | undefined
}

/**
 * Judges predictions of a split at every output that has labels.
 *
 * @throws ShapeError when predictions do not fit the labels.
 */
export function evaluationReports(
  split: Pick<FieldSplit, 'labels'>,
  predictions: Predictions,
  info: FieldInfo & Pick<DatasetInfo, 'classes'>,
): OutputReports {
  const { outputs } = fieldsOf(info)
  const reports = outputs.map((field) => {
    const { name } = field
    const labels = name === undefined ? split.labels : (split.labels as Labels)[name]
    const own = name === undefined ? predictions : predictions.outputs?.[name]
    if (labels === undefined || own === undefined) {
      throw new ShapeError({
        where: 'evaluationReports',
        expected: `there must be labels and predictions for ${name}`,
        given: Object.keys(predictions.outputs ?? {}).join(', '),
      })
    }
    return [name ?? 'output', reportOf(labels as LabelData, own, field)] as const
  })
  const evaluation = reports[0]![1]
  const isNamed = outputs[0]?.name !== undefined
  return { evaluation, ...(isNamed && { outputs: Object.fromEntries(reports) }) }
}

type Labels = Readonly<Record<string, LabelData>>

/** Pixels and tokens are judged one by one, those without a class left out. */
function reportOf(labels: LabelData, predictions: PredictedOutput, field: Field): EvaluationReport {
  const { classes = [], multiLabel, shape, ignoreIndex } = field
  if (classes.length === 0) return { task: 'regression', ...regressionReport(labels, predictions) }
  if (multiLabel) {
    return { task: 'multi-label', ...multiLabelReport(labels, predictions, { classes }) }
  }
  const counts = (label: number) => label >= 0 && label !== ignoreIndex
  const areAll = shape.length === 0 && ignoreIndex === undefined
  const rows = areAll ? predictions : rowsThatCount(labels, predictions, counts)
  const counted = areAll ? labels : labels.filter(counts)
  return { task: 'classification', ...classificationReport(counted, rows, { classes }) }
}

function rowsThatCount(
  labels: LabelData,
  { shape, data }: PredictedOutput,
  counts: (label: number) => boolean,
): PredictedOutput {
  const width = shape.at(-1) ?? 1
  const kept = Array.from(labels.keys()).filter((row) => counts(labels[row]!))
  if (kept.length === labels.length) return { shape: [labels.length, width], data }
  const rows = new Float32Array(kept.length * width)
  for (const [to, from] of kept.entries()) {
    rows.set(data.subarray(from * width, (from + 1) * width), to * width)
  }
  return { shape: [kept.length, width], data: rows }
}

/**
 * Judges predictions of a split as its dataset asks for: as classes where it names some, else as numbers.
 *
 * @throws ShapeError when the predictions do not fit the labels.
 */
export function evaluationReport(
  { labels }: Pick<FieldSplit, 'labels'>,
  predictions: Predictions,
  info: Pick<DatasetInfo, 'classes' | 'multiLabel' | 'ignoreIndex'> &
    Partial<Pick<DatasetInfo, 'labelShape'>>,
): EvaluationReport {
  const { classes, multiLabel, ignoreIndex, labelShape = [] } = info
  const own = theOnly('evaluationReport', labels)
  const field = { classes, multiLabel, ignoreIndex, shape: labelShape, dtype: 'float32' } as const
  return reportOf(own, predictions, field)
}
