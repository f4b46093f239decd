import type { EvaluationReport } from '@ashlar/experiment'
import { type ComponentChild, Fragment, h } from 'preact'
import { formatNumber } from '../data/format.ts'
import type { ClassBalance } from '../data/run-view.ts'
import { Facts, Scroll, Table } from './parts.ts'

type Classified = Extract<EvaluationReport, { task: 'classification' }>

/** Above so many classes the counts do not fit into their cells, and cells are shades alone. */
const MOST_COUNTS = 30

/** How a model did on the test split, at each of its outputs where these have names. */
export function Judgements({
  evaluation,
  outputs = {},
}: {
  evaluation: EvaluationReport
  outputs?: Readonly<Record<string, EvaluationReport>> | undefined
}): ComponentChild {
  const each = Object.entries(outputs)
  if (each.length === 0) return h(Judgement, { evaluation })
  return each.map(([name, own]) =>
    h(Fragment, { key: name }, h('h3', null, `output ${name}`), h(Judgement, { evaluation: own })),
  )
}

/** How a model did on the test split. */
export function Judgement({ evaluation }: { evaluation: EvaluationReport }): ComponentChild {
  if (evaluation.task === 'regression') {
    const { meanAbsoluteError, rootMeanSquaredError, r2 } = evaluation
    const rows = [
      ['mean absolute error', formatNumber(meanAbsoluteError)],
      ['root mean squared error', formatNumber(rootMeanSquaredError)],
      ['R²', formatNumber(r2)],
    ] as const
    return h(Facts, { rows })
  }
  const rows = [
    ...evaluation.perClass,
    { name: 'macro mean', ...evaluation.macro, support: evaluation.samples },
    evaluation.task === 'multi-label'
      ? { name: 'micro mean', ...evaluation.micro, support: evaluation.samples }
      : { name: 'weighted mean', ...evaluation.weighted, support: evaluation.samples },
  ]
  const of = (key: 'precision' | 'recall' | 'f1' | 'support') => rows.map((row) => row[key])
  const table = h(Table, {
    label: 'Precision and recall of each class',
    names: true,
    columns: [
      { head: 'class', kind: 'text', cells: rows.map(({ name }) => name) },
      { head: 'precision', kind: 'number', cells: of('precision') },
      { head: 'recall', kind: 'number', cells: of('recall') },
      { head: 'F1', kind: 'number', cells: of('f1') },
      { head: 'samples', kind: 'number', cells: of('support') },
    ],
  })
  if (evaluation.task === 'multi-label') return table
  return h(
    'div',
    { class: 'beside' },
    table,
    h(Confusion, { report: evaluation }),
    h(Calibration, { report: evaluation }),
  )
}

/** The confusion matrix: rows are labels, columns predictions; shades are parts of the row. */
export function Confusion({ report }: { report: Classified }): ComponentChild {
  const { confusion, perClass } = report
  const isSmall = perClass.length <= MOST_COUNTS
  return h(
    'figure',
    { class: 'confusion' },
    h('figcaption', null, 'Confusion matrix: labels in rows, predictions in columns'),
    h(
      Scroll,
      { label: 'Confusion matrix' },
      h(
        'table',
        { class: isSmall ? 'matrix' : 'matrix dense' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('td', null),
            perClass.map(({ name }) => h('th', { scope: 'col' }, h('span', null, name))),
          ),
        ),
        h(
          'tbody',
          null,
          confusion.map((row, label) => {
            const total = row.reduce((sum, count) => sum + count, 0)
            return h(
              'tr',
              { key: label },
              h('th', { scope: 'row' }, perClass[label]!.name),
              row.map((count, prediction) => {
                const part = total === 0 ? 0 : count / total
                return h(
                  'td',
                  {
                    class: part > 0.5 ? 'strong' : undefined,
                    style: { '--part': `${Math.round(100 * part)}%` },
                    title: `${perClass[label]!.name}, taken for ${perClass[prediction]!.name}: ${count} of ${total}`,
                  },
                  count > 0
                    ? isSmall
                      ? formatNumber(count)
                      : h(Hidden, { text: String(count) })
                    : '',
                )
              }),
            )
          }),
        ),
      ),
    ),
  )
}

function Hidden({ text }: { text: string }): ComponentChild {
  return h('span', { class: 'hidden' }, text)
}

const SIDE = 240

/** Accuracy by confidence, beside what a calibrated model would have; larger marks stand for more samples. */
export function Calibration({ report }: { report: Classified }): ComponentChild {
  const bins = report.calibration.filter((bin) => bin.samples > 0)
  const [left, top] = [44, 10]
  const x = (part: number) => left + part * SIDE
  const y = (part: number) => top + (1 - part) * SIDE
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  return h(
    'figure',
    { class: 'calibration' },
    h('figcaption', null, 'Accuracy by confidence'),
    h(
      'svg',
      {
        viewBox: `0 0 ${left + SIDE + 24} ${top + SIDE + 46}`,
        role: 'img',
        'aria-label': `Accuracy by confidence; calibration error ${formatNumber(report.calibrationError)}`,
      },
      ticks.map((tick) => [
        h('line', { class: 'grid', x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) }),
        h('text', { x: x(0) - 8, y: y(tick) + 4, 'text-anchor': 'end' }, tick),
        h('text', { x: x(tick), y: y(0) + 18, 'text-anchor': 'middle' }, tick),
      ]),
      h('line', { class: 'ideal', x1: x(0), x2: x(1), y1: y(0), y2: y(1) }),
      bins.map((bin) =>
        h(
          'circle',
          {
            cx: x(bin.confidence),
            cy: y(bin.accuracy),
            r: 3 + 12 * Math.sqrt(bin.samples / Math.max(1, report.samples)),
          },
          h('title', null, `${bin.samples} samples, ${formatNumber(bin.accuracy)} of them right`),
        ),
      ),
      h('text', { x: x(0.5), y: y(0) + 38, 'text-anchor': 'middle' }, 'confidence'),
    ),
  )
}

/** How many samples of each class the splits have, as bars. */
export function Balance({ balance }: { balance: ClassBalance }): ComponentChild {
  const { classes, splits } = balance
  return h(
    'div',
    { class: 'balance' },
    splits.map(({ name, counts, classes: own = classes }) => {
      const most = Math.max(1, ...counts)
      return h(
        'figure',
        { key: name },
        h(
          'figcaption',
          null,
          `${name}: ${formatNumber(counts.reduce((a, b) => a + b, 0))} samples`,
        ),
        h(
          Scroll,
          { label: `Samples of each class, ${name}` },
          h(
            'table',
            { class: 'bars' },
            h(
              'thead',
              { class: 'hidden' },
              h(
                'tr',
                null,
                h('th', { scope: 'col' }, 'class'),
                h('th', { scope: 'col' }, 'samples'),
              ),
            ),
            h(
              'tbody',
              null,
              counts.map((count, i) =>
                h(
                  'tr',
                  { key: i },
                  h('th', { scope: 'row' }, own[i] ?? String(i)),
                  h(
                    'td',
                    null,
                    h('span', { class: 'bar', style: { width: `${(100 * count) / most}%` } }),
                    h('span', { class: 'count' }, formatNumber(count)),
                  ),
                ),
              ),
            ),
          ),
        ),
      )
    }),
  )
}
