import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { BenchRow } from './results.ts'

/**
 * One metric of several engines as bars, ours in the colour of the site, with the slowest and fastest round as a line.
 * Colours are those of the page around it, light or dark.
 */
export function barChart(title: string, rows: readonly BenchRow[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const engines = rows.map(labelOf)
  const unit = rows[0]?.unit ?? ''
  const longest = Math.max(...engines.map((name) => name.length))
  const figure = Plot.plot({
    width: 680,
    height: 60 + 30 * rows.length,
    marginLeft: 16 + 6.8 * longest,
    marginRight: 84,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    figure: false,
    ariaLabel: title,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '12px' },
    x: { label: unit, grid: true, nice: true, zero: true, ticks: 5, labelArrow: 'none' },
    y: { label: null, domain: engines, tickSize: 0, padding: 0.3 },
    marks: [
      Plot.barX(rows, {
        x: 'value',
        y: labelOf,
        fill: (row: BenchRow) => (isOurs(row) ? 'var(--chart-ours)' : 'var(--chart-others)'),
      }),
      Plot.ruleY(rows, {
        x1: (row: BenchRow) => row.spread[0],
        x2: (row: BenchRow) => row.spread[1],
        y: labelOf,
      }),
      Plot.text(rows, {
        x: (row: BenchRow) => Math.max(row.value, row.spread[1]),
        y: labelOf,
        text: (row: BenchRow) => figureOf(row.value),
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  })
  figure.setAttribute('role', 'img')
  return figure.outerHTML
}

function isOurs({ engine }: BenchRow): boolean {
  return engine.startsWith('ashlar')
}

/** An engine, with its batch: a measurement may have several. */
function labelOf({ engine, batch }: BenchRow): string {
  return batch === null ? engine : `${engine}, ${batch}`
}

/** Three digits are what a median of rounds is good for. */
export function figureOf(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 3
  return digits === 0
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(digits)))
}
