import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { COLORS } from '../data/colors.ts'
import type { Window } from '../data/downsample.ts'
import { formatMagnitudes, formatNumber, formatTicks } from '../data/format.ts'
import { axisLook, colorOf, widthOf } from './axis-look.ts'
import { moveByKey } from './chart-keys.ts'
import { drawMark } from './chart-mark.ts'
import {
  type Drawn,
  drawnLines,
  type Line,
  type LineTable,
  type LineView,
  MOST_NAMED,
  tableOf,
} from './drawn-lines.ts'
import { fitWidth } from './fit-width.ts'
import { insideRange } from './inside-range.ts'
import { Legend, type Mark, type Told } from './legend.ts'
import { useSeen } from './use-seen.ts'
import { useTheme } from './use-theme.ts'

/** How a chart looks at its lines. */
export interface View extends LineView {
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
  readonly mark?: Mark | undefined
  /** What `steps` of lines are: what the axis is called. */
  readonly axis: string
  onWindow(window: Window | undefined): void
}

const HEIGHT = 272

/** Curves with zoom (drag, or + and -), hover (or arrow keys), and a marked step. */
export function Chart(props: ChartProps): ComponentChild {
  const { title, lines, view, mark, axis, onWindow } = props
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [place, setPlace] = useState<Place>(NOWHERE)
  const [nearest, setNearest] = useState<number | null>(null)
  const isSeen = useSeen(holder)
  const theme = useTheme()
  const { smoothing, logX, logY } = view
  const drawn = useMemo(
    () => drawnLines(lines, { smoothing, logX, logY }),
    [lines, smoothing, logX, logY],
  )
  const data = useMemo(() => tableOf(drawn), [drawn])
  const latest = useRef(props)
  latest.current = props

  const shape = JSON.stringify([
    drawn.map(({ label, color, dashed, kind }) => [label, color, dashed, kind]),
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
        onPlace: (next) => setPlace((now) => (isSame(now, next) ? now : next)),
        onNearest: setNearest,
        onWindow: (window) => latest.current.onWindow(window),
      }),
      data as uPlot.AlignedData,
      element,
    )
    plot.current = made
    showWindow(made, latest.current.view.window)
    const end = fitWidth(made, element, HEIGHT)
    return () => {
      end()
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

  const told = tell(drawn, data, { ...place, nearest }, plot.current)
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

/** Where somebody points: at which of the places, and how far down. */
interface Place {
  readonly at: number | null
  readonly top: number
}

const NOWHERE: Place = { at: null, top: 0 }

const isSame = (a: Place, b: Place) => a.at === b.at && a.top === b.top

/** Pixels from a line at which it is pointed at. */
const NEAR = 24

interface Wiring {
  readonly width: number
  readonly axis: string
  mark(): ChartProps['mark']
  onPlace(place: Place): void
  /** Told which of the lines is pointed at, from 1 on. */
  onNearest(line: number | null): void
  onWindow(window: Window | undefined): void
}

function optionsOf(lines: readonly Drawn[], view: View, wiring: Wiring): uPlot.Options {
  const axis = axisLook()
  const lineColor = (which: number) => colorOf(`--line-${which % COLORS}`)
  const isLine = (series: number) => lines[series - 1]?.kind === 'line'
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
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: (_, i) => (isLine(i) ? 7 : 0) },
      // Of lines that have no point where others have one, the nearest one.
      hover: { skip: [null, undefined] },
      focus: {
        prox: lines.filter(({ kind }) => kind === 'line').length > 1 ? NEAR : -1,
        dist: (_, i, __, at, pointer) => (isLine(i) ? at - pointer : Number.POSITIVE_INFINITY),
      },
    },
    focus: { alpha: 0.25 },
    bands: lines.flatMap(({ kind, color: which }, i) =>
      kind === 'low' ? [{ series: [i + 2, i + 1], fill: `${lineColor(which)}2e` }] : [],
    ),
    axes: [
      {
        ...axis,
        ...{ values: labels(view.logX), size: 32, space: 70 },
        ...{ label: wiring.axis, labelSize: 16, labelGap: -2, labelFont: axis.font },
      },
      {
        ...axis,
        values: labels(view.logY),
        size: widthOf,
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        ...strokeOf(line, lineColor(line.color)),
        width: line.kind !== 'line' || lines.length > 2 * MOST_NAMED ? 1 : 2,
        ...(line.dashed ? { dash: [6, 4] } : {}),
        spanGaps: true,
        points: { show: line.kind === 'line' && line.steps.length <= 40, size: 5 },
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx, top } }) =>
          wiring.onPlace({ at: idx ?? null, top: lines.length > MOST_NAMED ? (top ?? 0) : 0 }),
      ],
      // uPlot says by it what is pointed at as well.
      setSeries: [(_, i, said) => 'focus' in said && wiring.onNearest(i)],
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
      draw: [(self) => drawMark(self, wiring.mark(), colorOf('--mark'))],
    },
  }
}

/** Colours have room for how much of them is seen: #rrggbbaa. */
function strokeOf({ kind }: Drawn, color: string): Pick<uPlot.Series, 'stroke'> {
  if (kind === 'line') return { stroke: color }
  return { stroke: kind === 'faint' ? `${color}4d` : '#00000000' }
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
  data: LineTable,
  { at, nearest, top }: Place & { readonly nearest: number | null },
  plot: uPlot | undefined,
): Told | undefined {
  const step = at === null ? undefined : data[0]?.[at]
  if (at === null || step == null) return undefined
  const values = lines.flatMap((line, i) => {
    const value = near(data[i + 1]!, at)
    if (line.kind !== 'line' || value === null) return []
    const label = line.name ?? line.label
    return [{ ...line, label, at: value, value: formatNumber(value), isNearest: i + 1 === nearest }]
  })
  if (values.length <= MOST_NAMED || plot === undefined) return { step, values }
  const y = plot.posToVal(top, 'y')
  const closest = values.toSorted((a, b) => Math.abs(a.at - y) - Math.abs(b.at - y))
  return { step, values: closest.slice(0, MOST_NAMED) }
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
