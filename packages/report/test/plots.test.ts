import { classificationReport } from '@ashlar/experiment'
import { curvesOf, type Logged } from '@ashlar/ui'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { calibrationPlot, confusionPlot, curvePlots, standalone } from '../src/index.ts'

const test = suite('plots')

const points = (...values: number[]) => ({
  steps: values.map((_, i) => 10 * (i + 1)),
  values,
})

/** As a report draws what a run logged. */
const plotsOf = (epochs: Logged['epochs'], steps: Logged['steps']) =>
  curvePlots(curvesOf('run', { epochs, steps }, { most: 4000 }))

test('one plot for each metric with its validation, and the learning rate', () => {
  const plots = plotsOf(
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
  assert.equal(plotsOf({}, {}), [])
})

test('a curve of many points is thinned, and keeps its peak', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => (i === 7777 ? 1000 : 1 + (i % 2)))
  const [plot] = plotsOf({ loss: points(3, 2) }, { loss: points(...values) })
  const [path] = /(?<=aria-label="line">.*?d=")M[^"]*/s.exec(plot!.svg)!
  const drawn = path.split('L')
  assert.ok(drawn.length >= 1000 && drawn.length <= 1002, String(drawn.length))
  const heights = drawn.map((each) => Number(each.replace('M', '').split(',')[1]))
  // A picture counts from the top.
  assert.is(heights.filter((height) => height < 100).length, 1)
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
  const [plot] = plotsOf({ loss: points(2, 1) }, {})
  const svg = standalone(plot!)
  assert.match(svg, /^<svg color="#1b1f24" /)
  assert.match(svg, /xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  assert.match(svg, '<rect width="100%" height="100%" fill="#ffffff"/>')
})

test.run()
