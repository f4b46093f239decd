import { allClose } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agreementOf, evaluationReport, regressionReport } from '../../src/index.ts'

const test = suite('regressionReport and agreementOf')

test('errors over all targets, R² as the mean over them', () => {
  const predictions = { shape: [3, 2], data: Float32Array.of(1, 0, 2, 0, 4, 0) }
  const report = regressionReport([1, 1, 2, 2, 3, 3], predictions)
  allClose([report.meanAbsoluteError], [7 / 6])
  allClose([report.rootMeanSquaredError], [Math.sqrt((1 + 1 + 4 + 9) / 6)])
  allClose([report.r2], [(1 - 1 / 2 + (1 - 14 / 2)) / 2])
})

test('a dataset without classes is a regression', () => {
  const predictions = { shape: [2, 1], data: Float32Array.of(1, 2) }
  const labels = Float32Array.of(1, 2)
  assert.is(evaluationReport({ labels }, predictions, { classes: [] }).task, 'regression')
  const classes = ['a', 'b']
  const both = { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }
  const indices = Uint8Array.of(0, 1)
  assert.is(evaluationReport({ labels: indices }, both, { classes }).task, 'classification')
  assert.throws(() => regressionReport([1], predictions), /a prediction for each target/)
})

test('agreement: the same class, the largest difference', () => {
  const first = { shape: [2, 2], data: Float32Array.of(1, 0, 0.25, 0.75) }
  const second = { shape: [2, 2], data: Float32Array.of(1, 0, 0.75, 0.25) }
  assert.equal(agreementOf(first, second), { sameClass: 0.5, largestDifference: 0.5 })
  assert.throws(
    () => agreementOf(first, { shape: [1, 2], data: Float32Array.of(1, 0) }),
    /both must be of one shape/,
  )
})

test.run()
