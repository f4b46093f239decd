import { createHash } from 'node:crypto'
import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { browserScript, chartStyle } from '../assets/browser-files.ts'
import { style } from '../assets/style.ts'
import { RunHead } from '../components/head.ts'
import { Section } from '../components/parts.ts'
import { RunSections } from '../components/run-sections.ts'
import type { RunCurves } from '../data/curves.ts'
import type { RunView } from '../data/run-view.ts'

/** A drawing of a report for readers without scripts. */
export interface StillPlot {
  readonly title: string
  /** Made by this program, never text of a file. */
  readonly svg: string
}

/** What a report is made of. */
export interface ReportParts {
  readonly view: RunView
  readonly curves: RunCurves
  /** The same curves as drawings. */
  readonly plots: readonly StillPlot[]
  /** Whether all of it is what the run recorded: neither its model was built nor its data read. */
  readonly stored: boolean
}

/**
 * A run as one page that needs nothing else. Its text is there without scripts; the one script in it, which the page's security policy knows by its digest,
 * makes the curves ones to zoom into.
 */
export async function renderReport(parts: ReportParts): Promise<string> {
  const { view, curves } = parts
  const script = await browserScript('report')
  const digest = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${renderToString(h('b', null, `${view.title}: ${view.name}`)).slice(3, -4)}</title>
<style>${chartStyle()}
${style}</style>
</head>
<body>
${renderToString(h(Report, parts))}
<script type="application/json" id="curves-data">${inScript(curves)}</script>
<script>${script}</script>
</body>
</html>
`
}

function Report({ view, curves, plots, stored }: ReportParts): ComponentChild {
  return h(
    'main',
    { class: 'report' },
    h(RunHead, { view }),
    stored &&
      h(
        'p',
        { class: 'soft' },
        'This run was not made here: the page shows what it recorded, and nothing of it was computed again.',
      ),
    curves.series.length > 0 &&
      h(
        Section,
        { title: 'Training' },
        h('div', {
          id: 'curves',
          dangerouslySetInnerHTML: { __html: still(plots) },
        }),
      ),
    h(RunSections, { view }),
  )
}

/** What who runs no scripts sees. */
function still(plots: readonly StillPlot[]): string {
  const figures = plots.map(({ title, svg }) =>
    renderToString(
      h(
        'figure',
        null,
        h('figcaption', null, title),
        h('div', { dangerouslySetInnerHTML: { __html: svg } }),
      ),
    ),
  )
  return `<noscript><div class="charts">${figures.join('\n')}</div></noscript>`
}

/** JSON that no text in it can lead out of. */
function inScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
