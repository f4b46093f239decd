import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Window } from '../data/downsample.ts'
import { formatMagnitudes, formatNumber, formatTicks } from '../data/format.ts'
import { smooth } from '../data/smooth.ts'
import { moveByKey } from './chart-keys.ts'
import { insideRange } from './inside-range.ts'
import { useSeen } from './use-seen.ts'
import { useTheme } from './use-theme.ts'

/** One line of a chart. */
export interface Line {
  readonly label: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  /** Which of the colours. */
  readonly color: number
  readonly dashed?: boolean | undefined
}

/** How a chart looks at its lines. */
export interface View {
  /** Weight of what was before, 0 to below 1. */
  readonly smoothing: number
  readonly logX: boolean
  readonly logY: boolean
  /** Whether the axis of values leaves out the twentieth of them at either end. */
  readonly withoutOutliers: boolean
  /** Undefined shows everything. */
  readonly window: Window | undefined
}

/** What a chart shows. */
export interface ChartProps {
  readonly title: string
  readonly lines: readonly Line[]
  readonly view: View
  /** A step that is marked, and what it is. */
  readonly mark?: { readonly step: number; readonly label: string } | undefined
  /** What `steps` of lines are: what the axis is called. */
  readonly axis: string
  onWindow(window: Window | undefined): void
}

/** Colours that there are; lines beyond them begin anew. */
export const COLORS = 8

/** Above so many lines only the nearest ones are told of, and what was smoothed is not shown as it was. */
const MOST_NAMED = 10

const HEIGHT = 272

/** Curves with zoom (drag, or + and -), hover (or arrow keys), and a marked step. */
export function Chart(props: ChartProps): ComponentChild {
  const { title, lines, view, mark, axis, onWindow } = props
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [place, setPlace] = useState<number | null>(null)
  const isSeen = useSeen(holder)
  const theme = useTheme()
  const { smoothing, logX, logY } = view
  const drawn = useMemo(
    () => drawnLines(lines, { smoothing, logX, logY }),
    [lines, smoothing, logX, logY],
  )
  const data = useMemo(() => table(drawn), [drawn])
  const latest = useRef(props)
  latest.current = props

  const shape = JSON.stringify([
    drawn.map(({ label, color, dashed, faint }) => [label, color, dashed, faint]),
    view.logX,
    view.logY,
    view.withoutOutliers,
    axis,
    theme,
  ])
  useEffect(() => {
    const element = holder.current
    if (!isSeen || element === null) return undefined
    const made = new uPlot(
      optionsOf(drawn, view, {
        width: element.clientWidth,
        axis,
        mark: () => latest.current.mark,
        onPlace: setPlace,
        onWindow: (window) => latest.current.onWindow(window),
      }),
      data as uPlot.AlignedData,
      element,
    )
    plot.current = made
    showWindow(made, latest.current.view.window)
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [isSeen, shape])
  useEffect(() => {
    const made = plot.current
    if (made === undefined) return
    if (made.data !== (data as uPlot.AlignedData)) made.setData(data as uPlot.AlignedData, false)
    showWindow(made, view.window)
  }, [data, view.window, mark?.step])

  const keys = (event: KeyboardEvent) => {
    if (plot.current && moveByKey(plot.current, event, onWindow)) event.preventDefault()
  }

  const told = place === null ? undefined : tell(drawn, data, place, plot.current)
  return h(
    'figure',
    { class: 'chart' },
    h(
      'figcaption',
      null,
      title,
      told && h('span', { class: 'at', 'aria-hidden': true }, `${axis} ${formatNumber(told.step)}`),
    ),
    h(Legend, { lines, mark, told }),
    h('div', {
      class: 'plot',
      ref: holder,
      tabIndex: 0,
      role: 'group',
      'aria-label': describe(title, lines, { mark, axis }),
      onKeyDown: keys,
    }),
    h(
      'p',
      { class: 'hidden', 'aria-live': 'polite' },
      told &&
        `${axis} ${formatNumber(told.step)}: ${told.values.map(({ label, value }) => `${label} ${value}`).join(', ')}`,
    ),
  )
}

interface Told {
  readonly step: number
  readonly values: readonly {
    readonly label: string
    readonly color: number
    readonly dashed?: boolean | undefined
    readonly value: string
  }[]
}

function Legend({
  lines,
  mark,
  told,
}: Pick<ChartProps, 'lines' | 'mark'> & { told: Told | undefined }): ComponentChild {
  const isMany = lines.length > MOST_NAMED
  const shown = told?.values ?? (isMany ? [] : lines.map((line) => ({ ...line, value: '' })))
  return h(
    'p',
    { class: isMany ? 'legend many' : 'legend' },
    isMany && h('span', { class: 'soft' }, `${lines.length} lines`),
    shown.map(({ label, color, dashed, value }) =>
      h(
        'span',
        { key: label, class: 'key' },
        h('span', {
          class: dashed ? 'swatch dashed' : 'swatch',
          style: { '--color': `var(--line-${color % COLORS})` },
        }),
        label,
        // Its room is always there: nothing moves under the pointer.
        h('b', null, value),
      ),
    ),
    mark && h('span', { class: 'key' }, h('span', { class: 'swatch mark' }), mark.label),
  )
}

/** A line as it is drawn: as it was, or smoothed. */
interface Drawn extends Line {
  readonly faint: boolean
}

function drawnLines(
  lines: readonly Line[],
  { smoothing, logY, logX }: Pick<View, 'smoothing' | 'logX' | 'logY'>,
): Drawn[] {
  const positive = (line: Line): Line => {
    if (!logY && !logX) return line
    // A logarithm of what is not above 0 is nowhere.
    const values = line.values.map((value, i) =>
      (logY && value !== null && value <= 0) || (logX && line.steps[i]! <= 0) ? null : value,
    )
    return { ...line, values }
  }
  const shown = lines.map(positive)
  if (smoothing <= 0) return shown.map((line) => ({ ...line, faint: false }))
  const smoothed = shown.map((line) => ({
    ...line,
    values: smooth(line.values, smoothing),
    faint: false,
  }))
  if (lines.length > MOST_NAMED) return smoothed
  return [...shown.map((line) => ({ ...line, faint: true })), ...smoothed]
}

/** All lines over the steps that any of them has. */
function table(lines: readonly Drawn[]): (number[] | (number | null)[])[] {
  const [first] = lines
  if (first === undefined) return [[]]
  const isAlike = lines.every(
    ({ steps }) =>
      steps === first.steps ||
      (steps.length === first.steps.length && steps.every((step, i) => step === first.steps[i])),
  )
  if (isAlike) return [[...first.steps], ...lines.map(({ values }) => [...values])]
  return uPlot.join(
    lines.map(({ steps, values }) => [[...steps], [...values]] as uPlot.AlignedData),
  ) as (number | null)[][]
}

interface Wiring {
  readonly width: number
  readonly axis: string
  mark(): ChartProps['mark']
  onPlace(place: number | null): void
  onWindow(window: Window | undefined): void
}

function optionsOf(lines: readonly Drawn[], view: View, wiring: Wiring): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--axis'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { stroke: color('--grid'), width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  }
  const distr = (log: boolean) => (log ? ({ distr: 3 } as const) : {})
  const labels =
    (isLog: boolean) => (_: uPlot, splits: number[], __: number, ___: number, step: number) =>
      isLog ? formatMagnitudes(splits) : formatTicks(splits, step)
  return {
    width: wiring.width,
    height: HEIGHT,
    padding: [18, 26, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, ...distr(view.logX) },
      y: { ...distr(view.logY), ...(view.withoutOutliers && { range: insideRange }) },
    },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    axes: [
      {
        ...axis,
        ...{ values: labels(view.logX), size: 32, space: 70 },
        ...{ label: wiring.axis, labelSize: 16, labelGap: -2, labelFont: axis.font },
      },
      {
        ...axis,
        values: labels(view.logY),
        // As wide as its widest number.
        size: (_, values) =>
          18 + 7.4 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(`--line-${line.color % COLORS}`),
        width: line.faint ? 1 : lines.length > 2 * MOST_NAMED ? 1 : 2,
        alpha: line.faint ? 0.3 : 1,
        ...(line.dashed ? { dash: [6, 4] } : {}),
        spanGaps: true,
        points: { show: !line.faint && line.steps.length <= 40, size: 5 },
      })),
    ],
    hooks: {
      setCursor: [(self) => wiring.onPlace(self.cursor.idx ?? null)],
      setSelect: [
        (self) => {
          const { left, width } = self.select
          if (width < 4) return
          const window = { from: self.posToVal(left, 'x'), to: self.posToVal(left + width, 'x') }
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          wiring.onWindow(window)
        },
      ],
      ready: [(self) => self.over.addEventListener('dblclick', () => wiring.onWindow(undefined))],
      draw: [(self) => drawMark(self, wiring.mark(), color('--mark'))],
    },
  }
}

function drawMark(self: uPlot, mark: ChartProps['mark'], color: string): void {
  const { min, max } = self.scales.x!
  if (mark === undefined || min == null || max == null || mark.step < min || mark.step > max) return
  const { ctx, bbox } = self
  const x = Math.round(self.valToPos(mark.step, 'x', true))
  const scale = devicePixelRatio
  ctx.save()
  ctx.strokeStyle = color
  ctx.fillStyle = color
  ctx.lineWidth = 1.5 * scale
  ctx.setLineDash([3 * scale, 3 * scale])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.font = `${12 * scale}px system-ui, sans-serif`
  // Above the curves, where none lies.
  ctx.textAlign =
    x > bbox.left + bbox.width * 0.85
      ? 'right'
      : x < bbox.left + bbox.width * 0.15
        ? 'left'
        : 'center'
  ctx.fillText('best', x, bbox.top - 5 * scale)
  ctx.restore()
}

function showWindow(plot: uPlot, window: Window | undefined): void {
  const steps = plot.data[0]
  if (steps.length === 0) return
  const all = { min: steps[0]!, max: steps.at(-1)! }
  plot.batch(() => {
    plot.setScale('x', asWide(window === undefined ? all : { min: window.from, max: window.to }))
  })
}

/** Part of its numbers that a window is wide at least: an axis of no width, as of a run's first step, has no marks that end. */
const LEAST_WIDTH = 1e-9

function asWide({ min, max }: { min: number; max: number }): { min: number; max: number } {
  const least = LEAST_WIDTH * Math.max(1, Math.abs(min), Math.abs(max))
  if (max - min >= least) return { min, max }
  const half = Math.max(0.5, least)
  return { min: min - half, max: min + half }
}

function tell(
  lines: readonly Drawn[],
  data: ReturnType<typeof table>,
  place: number,
  plot: uPlot | undefined,
): Told | undefined {
  const step = data[0]?.[place]
  if (step == null) return undefined
  const values = lines.flatMap((line, i) => {
    const value = near(data[i + 1]!, place)
    return line.faint || value === null ? [] : [{ ...line, at: value, value: formatNumber(value) }]
  })
  if (values.length <= MOST_NAMED || plot === undefined) return { step, values }
  const y = plot.posToVal(plot.cursor.top ?? 0, 'y')
  const nearest = values.toSorted((a, b) => Math.abs(a.at - y) - Math.abs(b.at - y))
  return { step, values: nearest.slice(0, MOST_NAMED) }
}

/** The value at a place; of a line without one there, the one before. */
function near(values: readonly (number | null | undefined)[], place: number): number | null {
  for (let i = place; i >= 0; i--) if (values[i] != null) return values[i]!
  return null
}

function describe(
  title: string,
  lines: readonly Line[],
  { mark, axis }: Pick<ChartProps, 'mark' | 'axis'>,
): string {
  const ends = lines.slice(0, MOST_NAMED).map(({ label, values }) => {
    const last = values.findLast((value) => value !== null)
    return `${label} ends at ${formatNumber(last)}`
  })
  const keys =
    'Arrow keys read values, plus and minus zoom, shift and arrow keys move, 0 shows everything.'
  return [`${title} by ${axis}.`, `${ends.join(', ')}.`, mark ? `${mark.label}.` : '', keys]
    .filter((each) => each !== '')
    .join(' ')
}
