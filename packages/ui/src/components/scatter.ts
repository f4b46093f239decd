import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Value } from '../data/answers.ts'
import { COLORS } from '../data/colors.ts'
import { formatNumber, formatTicks } from '../data/format.ts'
import { textOf } from '../data/groups.ts'
import { placesOf } from '../data/places.ts'
import { axisLook, colorOf, widthOf } from './axis-look.ts'
import { fitWidth } from './fit-width.ts'
import { useSeen } from './use-seen.ts'
import { useTheme } from './use-theme.ts'

/** A run as a dot. */
export interface Dot {
  readonly label: string
  readonly x: Value
  readonly y: number
  /** Which of the colours. */
  readonly color: number
  /** What it leads to. */
  readonly href: string
}

/** What is drawn: a dot for each run, by what it was given and what it came to. */
export interface ScatterProps {
  readonly x: string
  readonly y: string
  readonly dots: readonly Dot[]
}

const HEIGHT = 220

/** Pixels from a dot at which it is pointed at. */
const NEAR = 30

/** Letters of a name below an axis. */
const LETTERS = 14

/** Dots over an axis of numbers, of magnitudes where they go over many, or of names. */
export function Scatter({ x, y, dots }: ScatterProps): ComponentChild {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [at, setAt] = useState<number | undefined>(undefined)
  const isSeen = useSeen(holder)
  const theme = useTheme()
  const places = useMemo(() => placesOf(dots.map((dot) => dot.x)), [dots])
  // From left to right, and from low to high: the order in which keys go through them.
  const ordered = useMemo(
    () =>
      dots
        .map((dot, i) => ({ ...dot, place: places.at[i]! }))
        .sort((a, b) => a.place - b.place || a.y - b.y),
    [dots, places],
  )
  useEffect(() => {
    const element = holder.current
    if (!isSeen || element === null) return undefined
    const colors = [...new Set(ordered.map(({ color }) => color % COLORS))]
    const made = new uPlot(
      optionsOf(places, colors, element.clientWidth, x),
      [
        ordered.map(({ place }) => place),
        ...colors.map((color) =>
          ordered.map((dot) => (dot.color % COLORS === color ? dot.y : null)),
        ),
      ],
      element,
    )
    plot.current = made
    const move = ({ offsetX, offsetY }: MouseEvent) => {
      const far = ordered.map((dot) =>
        Math.hypot(made.valToPos(dot.place, 'x') - offsetX, made.valToPos(dot.y, 'y') - offsetY),
      )
      const least = Math.min(...far)
      setAt(least <= NEAR ? far.indexOf(least) : undefined)
    }
    const leave = () => setAt(undefined)
    made.over.addEventListener('mousemove', move)
    made.over.addEventListener('mouseleave', leave)
    const end = fitWidth(made, element, HEIGHT)
    return () => {
      end()
      made.destroy()
      plot.current = undefined
    }
  }, [isSeen, theme, ordered, places, x])
  const told = at === undefined ? undefined : ordered[at]
  const spot = told && plot.current && spotOf(plot.current, told)
  const open = () => {
    if (told !== undefined) location.hash = told.href
  }
  const keys = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key]
    if (by !== undefined) {
      const next = at === undefined ? (by > 0 ? 0 : ordered.length - 1) : at + by
      setAt(Math.max(0, Math.min(ordered.length - 1, next)))
    } else if (event.key === 'Enter') open()
    else if (event.key === 'Escape') setAt(undefined)
    else return
    event.preventDefault()
  }
  const text = told && `${told.label}: ${x} ${textOf(told.x)}, ${y} ${formatNumber(told.y)}`
  return h(
    'figure',
    { class: 'scatter' },
    h('figcaption', null, x),
    // Its room is always there.
    h('p', { class: 'soft told', 'aria-hidden': true }, text ?? ' '),
    h(
      'div',
      {
        class: 'plot',
        tabIndex: 0,
        role: 'group',
        'aria-label': `${y} by ${x}, ${ordered.length} runs. Arrow keys go from run to run, Enter opens one.`,
        onKeyDown: keys,
        onClick: open,
      },
      h('div', { ref: holder }),
      spot && h('span', { class: 'spot', style: spot }),
    ),
    h('p', { class: 'hidden', 'aria-live': 'polite' }, text),
  )
}

function spotOf(
  plot: uPlot,
  { place, y }: { readonly place: number; readonly y: number },
): { left: string; top: string } {
  const { offsetLeft, offsetTop } = plot.over
  return {
    left: `${offsetLeft + plot.valToPos(place, 'x')}px`,
    top: `${offsetTop + plot.valToPos(y, 'y')}px`,
  }
}

function optionsOf(
  { names, isLog, range }: ReturnType<typeof placesOf>,
  colors: readonly number[],
  width: number,
  label: string,
): uPlot.Options {
  const axis = axisLook()
  const paint = (which: number) => colorOf(`--line-${which}`)
  return {
    ...{ width, height: HEIGHT, padding: [10, 20, 0, 0] as uPlot.Padding },
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: () => [...range], ...(isLog && { distr: 3 as const }) } },
    axes: [
      {
        ...axis,
        ...{ size: 32, space: 60, label: '', labelSize: 0 },
        ...(names === undefined
          ? {
              values: (_: uPlot, splits: number[], __: number, ___: number, step: number) =>
                isLog
                  ? splits.map((each) => (each == null ? '' : formatNumber(each)))
                  : formatTicks(splits, step),
            }
          : {
              splits: () => names.map((_, i) => i),
              values: () => names.map((name) => name.slice(0, LETTERS)),
            }),
      },
      {
        ...axis,
        values: (_, splits, __, ___, step) => formatTicks(splits, step),
        size: widthOf,
      },
    ],
    series: [
      { label },
      ...colors.map((color) => ({
        stroke: paint(color),
        paths: () => null,
        points: {
          show: true,
          size: 8,
          fill: `${paint(color)}99`,
          stroke: paint(color),
          width: 1.5,
        },
      })),
    ],
  }
}
