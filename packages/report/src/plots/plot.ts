import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** A plot as SVG text. Lines and words take the colour of the text around, so that it fits light and dark pages. */
export interface PlotImage {
  /** `loss`, for file names: letters, digits, dots, dashes and underscores. */
  readonly name: string
  /** What it shows, for people who cannot see it. */
  readonly title: string
  readonly svg: string
  /** Whether it belongs to the judgement of a model, and not to its training. */
  readonly isJudgement?: true | undefined
}

/** Draws without a browser. */
export function drawPlot(
  name: string,
  title: string,
  options: Omit<Plot.PlotOptions, 'document' | 'figure'>,
): PlotImage {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({
    width: 480,
    height: 290,
    marginLeft: 56,
    // Names of axes stand clear of the numbers.
    marginTop: 32,
    marginBottom: 44,
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    figure: false,
    ariaLabel: title,
    style: { background: 'none', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  return { name, title, svg: svg.outerHTML }
}

/** A plot as a file of its own, on white. */
export function standalone({ svg }: PlotImage): string {
  // A title may hold whatever a metric is called by: a > in quotes ends no tag.
  const [begin = ''] = /^<svg (?:[^"'>]|"[^"]*"|'[^']*')*>/.exec(svg) ?? []
  const rest = svg.slice(begin.length)
  return `${begin.replace('<svg ', '<svg color="#1b1f24" ')}<rect width="100%" height="100%" fill="#ffffff"/>${rest}`
}

/** A name for a file: of a metric, which somebody may have called by a path. */
export function fileName(text: string): string {
  const name = text
    .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 80)
  return name === '' ? 'plot' : name
}
