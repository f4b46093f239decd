import { spawnSync } from 'node:child_process'
import { allClose, normalNumbers } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClassReport, classificationReport, regressionReport } from '../../src/index.ts'

/** A Python that has the package `scikit-learn`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import sklearn; print(sklearn.__version__)'], {
  encoding: 'utf8',
})

const PROGRAM = `
import json, sys
import numpy as np
from sklearn import metrics
given = json.load(sys.stdin)
labels = np.array(given["labels"])
scores = np.array(given["scores"], dtype=np.float64).reshape(len(labels), -1)
classes = list(range(scores.shape[1]))
predicted = scores.argmax(1)
prf = lambda average, labels_=classes: [
    None if v is None else np.asarray(v).tolist()
    for v in metrics.precision_recall_fscore_support(labels, predicted, labels=labels_, average=average, zero_division=0)]
targets = np.array(given["targets"]).reshape(-1, 2)
estimates = np.array(given["estimates"]).reshape(-1, 2)
print(json.dumps({
    "accuracy": metrics.accuracy_score(labels, predicted),
    "top5": metrics.top_k_accuracy_score(labels, scores, k=5, labels=classes),
    "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    "perClass": prf(None),
    "macro": [np.asarray(v).tolist() for v in metrics.precision_recall_fscore_support(labels, predicted, average="macro", zero_division=0)[:3]],
    "weighted": prf("weighted")[:3],
    "mae": metrics.mean_absolute_error(targets, estimates),
    "rmse": metrics.mean_squared_error(targets, estimates) ** 0.5,
    "r2": metrics.r2_score(targets, estimates),
}))
`

const test = suite('evaluation beside scikit-learn')

interface Answer {
  readonly accuracy: number
  readonly top5: number
  readonly confusion: number[][]
  readonly perClass: number[][]
  readonly macro: number[]
  readonly weighted: number[]
  readonly mae: number
  readonly rmse: number
  readonly r2: number
}

const three = ({ precision, recall, f1 }: Omit<ClassReport, 'name' | 'support'>) => [
  precision,
  recall,
  f1,
]

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no scikit-learn (set ASHLAR_PYTHON to one that has)`, () =>
    undefined)
} else {
  for (const [seed, rows, classes] of [
    ['a', 500, 10],
    ['b', 40, 7],
    ['c', 2000, 25],
  ] as const) {
    test(`${rows} rows of ${classes} classes: every figure`, () => {
      const scores = normalNumbers(rows * classes, seed)
      // The last class never occurs; half of the labels are the likeliest class.
      const labels = Array.from({ length: rows }, (_, row) => {
        const own = [...scores.slice(row * classes, (row + 1) * classes)]
        return row % 2 ? (row * 7) % (classes - 1) : own.indexOf(Math.max(...own)) % (classes - 1)
      })
      const targets = [...normalNumbers(200, `${seed} targets`)]
      const estimates = targets.map((value, i) => value + Math.sin(i))
      const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], {
        encoding: 'utf8',
        input: JSON.stringify({ labels, scores: [...scores], targets, estimates }),
      })
      assert.is(status, 0, stderr)
      const expected = JSON.parse(stdout) as Answer
      const report = classificationReport(labels, { shape: [rows, classes], data: scores })
      assert.equal(report.confusion, expected.confusion)
      allClose([report.accuracy, report.topK['5']!], [expected.accuracy, expected.top5])
      const [precision, recall, f1] = expected.perClass
      allClose(
        report.perClass.flatMap(three),
        report.perClass.flatMap((_, i) => [precision![i]!, recall![i]!, f1![i]!]),
      )
      allClose(three(report.macro), expected.macro)
      allClose(three(report.weighted), expected.weighted)
      const data = Float32Array.from(estimates)
      const regression = regressionReport(targets, { shape: [100, 2], data })
      allClose(
        [regression.meanAbsoluteError, regression.rootMeanSquaredError, regression.r2],
        [expected.mae, expected.rmse, expected.r2],
      )
    })
  }
}

test.run()
