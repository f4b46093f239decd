import type { ClassificationReport } from '@ashlar/experiment'
import * as Plot from '@observablehq/plot'
import { drawPlot, fileName, type PlotImage } from './plot.ts'

/** Above so many classes the counts do not fit into their cells. */
const MOST_COUNTS = 20

/** The confusion matrix: rows are labels, columns predictions; shades are parts of the row. */
export function confusionPlot(
  { confusion, perClass }: ClassificationReport,
  output?: string,
): PlotImage {
  const names = perClass.map(({ name }) => name)
  const cells = confusion.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, prediction) => ({
      label: names[label],
      prediction: names[prediction],
      count,
      part: total === 0 ? 0 : count / total,
    }))
  })
  const side = Math.max(320, Math.min(640, names.length * 40))
  const longest = Math.max(...names.map((name) => name.length))
  const margin = Math.min(140, 28 + longest * 7)
  const turned = longest > 4
  const title = 'confusion matrix: labels in rows, predictions in columns'
  return judgement('confusion', title, output, {
    width: side + margin,
    height: side + (turned ? margin : 48),
    marginLeft: margin,
    marginBottom: turned ? margin : 36,
    padding: 0.04,
    x: { domain: names, label: 'prediction', tickRotate: turned ? -45 : 0 },
    y: { domain: names, label: 'label' },
    color: { type: 'linear', domain: [0, 1], interpolate: shade },
    marks: [
      Plot.cell(cells, { x: 'prediction', y: 'label', fill: 'part' }),
      ...(names.length > MOST_COUNTS
        ? []
        : [
            Plot.text(
              cells.filter(({ count }) => count > 0),
              {
                x: 'prediction',
                y: 'label',
                text: 'count',
                fill: ({ part }: { part: number }) => (part > 0.5 ? '#ffffff' : 'currentColor'),
              },
            ),
          ]),
    ],
  })
}

/** From nothing, whatever is behind, to blue. */
function shade(part: number): string {
  return `rgba(48, 98, 190, ${(0.04 + 0.96 * part).toFixed(3)})`
}

/** Accuracy by confidence, beside what a calibrated model would have; wider marks stand for more samples. */
export function calibrationPlot(
  { calibration, samples }: ClassificationReport,
  output?: string,
): PlotImage {
  const bins = calibration.filter((bin) => bin.samples > 0)
  return judgement('calibration', 'accuracy by confidence', output, {
    width: 400,
    height: 360,
    x: { domain: [0, 1], label: 'confidence' },
    y: { domain: [0, 1], label: 'accuracy', grid: true },
    r: { type: 'sqrt', domain: [0, samples], range: [3, 18] },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.4, strokeDasharray: '4 4' },
      ),
      Plot.dot(bins, {
        x: 'confidence',
        y: 'accuracy',
        r: 'samples',
        fill: '#3062be',
        fillOpacity: 0.6,
        stroke: '#3062be',
      }),
    ],
  })
}

/** @param output its name, where there are several. */
function judgement(
  name: string,
  title: string,
  output: string | undefined,
  options: Parameters<typeof drawPlot>[2],
): PlotImage {
  const own = output === undefined ? name : fileName(`${name}-${output}`)
  const said = output === undefined ? title : `${output}: ${title}`
  return { ...drawPlot(own, said, options), isJudgement: true }
}
