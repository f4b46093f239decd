import { createHash } from 'node:crypto'
import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { browserScript, chartStyle } from '../assets/browser-files.ts'
import { RunHead } from '../components/head.ts'
import { Drawing, Section, type StillPlot } from '../components/parts.ts'
import { RunSections } from '../components/run-sections.ts'
import type { RunCurves } from '../data/curves.ts'
import type { RunView } from '../data/run-view.ts'
import { documentOf } from './document.ts'

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
  return documentOf({
    title: `${view.title}: ${view.name}`,
    body: h(Report, parts),
    scripts: `<script type="application/json" id="curves-data">${inScript(curves)}</script>
<script>${script}</script>
`,
    scriptDigests: [digest],
    styles: `${chartStyle()}\n`,
  })
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
  const figures = plots.map((plot) => renderToString(h(Drawing, { plot })))
  return `<noscript><div class="charts">${figures.join('\n')}</div></noscript>`
}

/** JSON that no text in it can lead out of. */
function inScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
