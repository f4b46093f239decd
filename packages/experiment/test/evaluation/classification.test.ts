import { allClose } from '@ashlar/core/testing'
import { ShapeError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classificationReport } from '../../src/index.ts'

const test = suite('classificationReport')

/** Six samples of three classes; what is right and wrong can be counted by hand. */
const labels = [0, 0, 1, 1, 2, 2]
const predictions = {
  shape: [6, 3],
  data: Float32Array.of(
    ...[0.8, 0.1, 0.1],
    ...[0.3, 0.6, 0.1],
    ...[0.1, 0.9, 0.0],
    ...[0.2, 0.7, 0.1],
    ...[0.1, 0.2, 0.7],
    ...[0.5, 0.3, 0.2],
  ),
}

test('counts by hand', () => {
  const report = classificationReport(labels, predictions, { classes: ['a', 'b', 'c'], k: 2 })
  assert.equal(report.confusion, [
    [1, 1, 0],
    [0, 2, 0],
    [1, 0, 1],
  ])
  allClose([report.accuracy, report.topK['2']!], [4 / 6, 5 / 6])
  assert.equal(
    report.perClass.map(({ name, support }) => [name, support]),
    [
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ],
  )
  allClose(
    report.perClass.flatMap(({ precision, recall, f1 }) => [precision, recall, f1]),
    [1 / 2, 1 / 2, 1 / 2, 2 / 3, 1, 4 / 5, 1, 1 / 2, 2 / 3],
  )
  allClose([report.macro.f1, report.weighted.recall], [(1 / 2 + 4 / 5 + 2 / 3) / 3, 4 / 6])
})

test('calibration: each confidence against what is right in its bin', () => {
  const { calibrationError, calibration } = classificationReport(labels, predictions, { bins: 2 })
  // All likeliest classes but the one of 0.5 are in the upper bin.
  assert.equal(
    calibration.map(({ samples }) => samples),
    [1, 5],
  )
  const upper = (0.8 + 0.6 + 0.9 + 0.7 + 0.7) / 5
  allClose([calibrationError], [(0.5 + 5 * Math.abs(upper - 4 / 5)) / 6])
})

test('logits give the same as their softmax', () => {
  const logits = { ...predictions, data: predictions.data.map((p) => Math.log(p + 1e-9) + 3) }
  const [first, second] = [predictions, logits].map((each) => classificationReport(labels, each))
  assert.equal(second!.confusion, first!.confusion)
  allClose([second!.calibrationError], [first!.calibrationError])
})

test('one output is the second of two classes', () => {
  const data = Float32Array.of(0.2, 0.9, 0.4)
  const report = classificationReport([0, 1, 1], { shape: [3, 1], data })
  assert.equal(report.confusion, [
    [1, 0],
    [1, 1],
  ])
  const logits = classificationReport([0, 1, 1], {
    shape: [3, 1],
    data: Float32Array.of(-2, 3, -1),
  })
  assert.equal(logits.confusion, report.confusion)
})

test('a class that nobody has counts in no mean', () => {
  const report = classificationReport([0, 1], {
    shape: [2, 3],
    data: Float32Array.of(1, 0, 0, 0, 1, 0),
  })
  assert.equal(report.macro, { precision: 1, recall: 1, f1: 1 })
  assert.equal(report.perClass[2], { name: '2', precision: 0, recall: 0, f1: 0, support: 0 })
  assert.equal(report.topK, {})
})

test('refuses labels that do not fit', () => {
  const message = (fn: () => unknown) => {
    try {
      fn()
    } catch (error) {
      assert.instance(error, ShapeError)
      return (error as Error).message
    }
    return undefined
  }
  assert.match(
    message(() => classificationReport([0], predictions)) ?? '',
    /^classificationReport: there must be a prediction for each label/,
  )
  assert.is(
    message(() => classificationReport([0, 0, 1, 1, 2, 3], predictions)),
    'classificationReport: labels must be class indices from 0 to 2, got 3',
  )
})

test.run()
