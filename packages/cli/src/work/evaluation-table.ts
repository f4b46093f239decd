import type { ClassReport, EvaluationReport } from '@ashlar/experiment'
import { formatCount, formatMetric } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Classes that are shown one by one; of more, the ones that are found worst. */
const MOST_CLASSES = 20

/** Reports by what computed them, side by side, as lines for people. */
export function describeEvaluation(reports: Readonly<Record<string, EvaluationReport>>): string[] {
  const names = Object.keys(reports)
  const figures = names.map((name) => figuresOf(reports[name]!))
  const rows = Object.keys(figures[0]!).map((figure) => [
    figure,
    ...figures.map((each) => formatMetric(each[figure]!)),
  ])
  const [first] = Object.values(reports)
  return [
    '',
    ...formatTable(names.length > 1 ? ['', ...names] : undefined, rows),
    ...(first === undefined || first.task === 'regression' ? [] : describeClasses(first.perClass)),
  ]
}

function figuresOf(report: EvaluationReport): Record<string, number> {
  if (report.task === 'regression') {
    return {
      'mean absolute error': report.meanAbsoluteError,
      'root mean squared error': report.rootMeanSquaredError,
      'R²': report.r2,
    }
  }
  if (report.task === 'multi-label') {
    return {
      accuracy: report.accuracy,
      'exact match': report.exactMatch,
      'macro F1': report.macro.f1,
      'micro F1': report.micro.f1,
    }
  }
  return {
    accuracy: report.accuracy,
    ...Object.fromEntries(Object.entries(report.topK).map(([k, value]) => [`top-${k}`, value])),
    'macro F1': report.macro.f1,
    'weighted F1': report.weighted.f1,
    'calibration error': report.calibrationError,
  }
}

function describeClasses(classes: readonly ClassReport[]): string[] {
  const all = classes.length <= MOST_CLASSES
  const shown = all ? classes : classes.toSorted((a, b) => a.f1 - b.f1).slice(0, MOST_CLASSES)
  const rows = shown.map(({ name, precision, recall, f1, support }) => [
    name,
    formatMetric(precision),
    formatMetric(recall),
    formatMetric(f1),
    formatCount(support),
  ])
  const head = all ? 'class' : `the ${MOST_CLASSES} worst of ${classes.length}`
  return ['', ...formatTable([head, 'precision', 'recall', 'F1', 'samples'], rows)]
}
