import { classificationReport } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { calibrationPlot, confusionPlot, curvePlots, standalone } from '../src/index.ts'

const test = suite('plots')

const points = (...values: number[]) => values.map((value, i) => ({ step: 10 * (i + 1), value }))

test('one plot for each metric with its validation, and the learning rate', () => {
  const plots = curvePlots(
    {
      loss: points(2, 1),
      val_loss: points(3, 2),
      accuracy: points(0.5, 0.6),
      learningRate: points(1, 0),
      seconds: points(3, 3),
    },
    { loss: points(4, 3, 2, 1) },
  )
  assert.equal(
    plots.map(({ name }) => name),
    ['loss', 'accuracy', 'learning-rate'],
  )
  assert.match(plots[0]!.svg, '>training</text>')
  assert.match(plots[0]!.svg, '>validation</text>')
  assert.not.match(plots[1]!.svg, '>validation</text>')
  // Four points a step, not the two of epochs, and two of validation.
  assert.is(plots[0]!.svg.match(/<circle/g)!.length, 6)
  assert.equal(curvePlots({}, {}), [])
})

test('the confusion matrix holds every count, the calibration a mark for each bin', () => {
  const report = classificationReport(
    [0, 1, 1, 1],
    {
      shape: [4, 2],
      data: Float32Array.of(...[0.9, 0.1], ...[0.2, 0.8], ...[0.3, 0.7], ...[0.6, 0.4]),
    },
    { classes: ['a "quoted" <name>', 'b'] },
  )
  const { svg, title } = confusionPlot(report)
  assert.is(svg.match(/<rect/g)!.length, 4)
  assert.match(svg, /&lt;name/)
  assert.not.match(svg, '<name>')
  assert.match(svg, `aria-label="${title}"`)
  assert.is(calibrationPlot(report).svg.match(/<circle/g)!.length, 4)
})

test('a plot as a file is on white and names its colours', () => {
  const [plot] = curvePlots({ loss: points(2, 1) }, {})
  const svg = standalone(plot!)
  assert.match(svg, /^<svg color="#1b1f24" /)
  assert.match(svg, /xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  assert.match(svg, '<rect width="100%" height="100%" fill="#ffffff"/>')
})

test.run()
